import type { KubeClient } from '../client/client.ts';
import { ApiError, WatchError } from '../client/errors.ts';
import { listPages, type Selection, type WatchEvent, watchEvents } from '../client/list-watch.ts';
import { keyOf, type KubernetesObject, type ObjectKey } from '../object/object.ts';
import { type BackoffPolicy, computeBackoffMs, type Random } from '../clock/backoff.ts';
import { type Clock, sleep } from '../clock/clock.ts';
import type { Logger } from '../logger/logger.ts';
import type { ObjectStore } from './object-store.ts';

/** As client-go's: a watch ends by itself after 5 to 10 minutes, at another time for each. */
const WATCH_SECONDS = { least: 300, spread: 300 };
const BACKOFF: BackoffPolicy = { initialMs: 200, maximumMs: 30_000 };
/** A watch that ends sooner than this counts as a failure, or a server that closes each one would be hammered. */
const SHORTEST_HEALTHY_WATCH_MS = 5_000;

/**
 * How long a watch may send no event: the API server sends a bookmark every minute, the first one after up to two. With
 * one failed attempt to reopen it, of half a minute, a watch whose connection dies is resumed within three minutes.
 */
const MAX_SILENCE_MS = 140_000;
/** How long the API server may take to send the first and then each next event of a streamed initial list. */
const MAX_INITIAL_SILENCE_MS = 30_000;

/** Is told of each list (whether in pages or in a stream) and watch that is begun and of each event, for metrics. */
export interface ReflectorObserver {
  listed(plural: string): void;
  watched(plural: string): void;
  event(plural: string): void;
}

/** Resolves to the next event of a watch, which is aborted when none arrives for `maxSilenceMs`. */
type NextEvent<T> = (maxSilenceMs: number) => Promise<IteratorResult<WatchEvent<T>>>;

/** What a reflector needs. */
export interface ReflectorOptions<T extends KubernetesObject> {
  readonly client: KubeClient;
  readonly selection: Selection;
  readonly store: ObjectStore<T>;
  /** Cuts a received object down to what is read of it, before it is stored. */
  readonly trim: (object: T) => T;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly observer?: ReflectorObserver;
}

/**
 * Keeps a store equal to what the API server has of a selection: takes what there is, then the changes from there on, and
 * goes on from where it was after whatever ends a watch. What there is comes in the stream of the watch itself where the
 * server offers that, else as a list. It is taken again only when the server has forgotten that point, or has ended the
 * watch with an error.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #failures = 0;
  /** The resource version up to which the store is known to be right; undefined when it must be taken anew. */
  #position: string | undefined;
  /** `refused`: this server does not stream; `failed`: the last stream did not come to its end, so a list is next. */
  #streaming: 'offered' | 'failed' | 'refused' = 'offered';

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Says whether the store has held a complete list. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once the store holds a complete list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Works until the signal fires; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#position !== undefined) await this.#watch(this.#position, signal);
        else if (this.#streaming === 'offered') await this.#watch(undefined, signal);
        else await this.#list(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, selection, trim } = this.#options;
    this.#options.observer?.listed(selection.resource.plural);
    if (this.#streaming === 'failed') this.#streaming = 'offered';
    const objects: T[] = [];
    let resourceVersion = '';
    for await (const page of listPages<T>(client, selection, signal)) {
      for (const item of page.items) objects.push(trim(item));
      ({ resourceVersion } = page.metadata);
    }
    this.#replace(objects, resourceVersion);
  }

  /** Watches from a position on; where there is none, from what there is, which replaces the store once it is complete. */
  async #watch(position: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, selection, clock, random, log, observer } = this.#options;
    const { plural } = selection.resource;
    if (position === undefined) observer?.listed(plural);
    observer?.watched(plural);
    const begunMs = clock.monotonicMs();
    const timeoutSeconds = WATCH_SECONDS.least + Math.floor(random() * WATCH_SECONDS.spread);
    const silence = new AbortController();
    const stop = AbortSignal.any([signal, silence.signal]);
    const events = watchEvents<T>(client, selection, { resourceVersion: position, timeoutSeconds }, stop);
    const next: NextEvent<T> = (maxSilenceMs) => this.#limitSilence(events.next(), maxSilenceMs, silence);
    try {
      if (position === undefined) await this.#takeInitial(next);
      for (let event = await next(MAX_SILENCE_MS); event.done !== true; event = await next(MAX_SILENCE_MS)) {
        observer?.event(plural);
        this.#follow(event.value);
        this.#failures = 0;
      }
    } finally {
      await events.return(undefined);
    }
    const lastedMs = clock.monotonicMs() - begunMs;
    log.debug({ resource: plural, namespace: selection.namespace, lastedMs }, 'the server closed the watch');
    if (lastedMs < SHORTEST_HEALTHY_WATCH_MS) await this.#pause(signal);
    else this.#failures = 0;
  }

  /** Receives the streamed initial list and then replaces the content of the store by it, all at once. */
  async #takeInitial(next: NextEvent<T>): Promise<void> {
    const { selection, trim, observer } = this.#options;
    this.#streaming = 'failed';
    const objects = new Map<ObjectKey, T>();
    for (;;) {
      const event = await next(MAX_INITIAL_SILENCE_MS);
      if (event.done === true) throw new Error('the server closed the watch before the end of the initial list');
      const { type, object, endsInitialEvents } = event.value;
      observer?.event(selection.resource.plural);
      if (endsInitialEvents) {
        this.#streaming = 'offered';
        this.#replace([...objects.values()], object.metadata.resourceVersion);
        return;
      }
      if (type === 'DELETED') objects.delete(keyOf(object));
      else if (type !== 'BOOKMARK') objects.set(keyOf(object), trim(object));
    }
  }

  /** Aborts a watch whose next event does not arrive in time. Bytes that make up no event do not count. */
  #limitSilence<R>(event: Promise<R>, maxSilenceMs: number, watch: AbortController): Promise<R> {
    const cancel = this.#options.clock.schedule(maxSilenceMs, () => {
      // The silence itself limits the rate of requests. With a growing delay, a quiet watch on a server that sends no
      // bookmarks would be closed for up to half a minute each time.
      this.#failures = 0;
      watch.abort(new Error(`no event for ${maxSilenceMs / 1000} s: assuming that the connection is dead`));
    });
    return event.finally(cancel);
  }

  #replace(objects: readonly T[], resourceVersion: string): void {
    const { selection, store } = this.#options;
    store.replace(selection.namespace, objects, resourceVersion);
    this.#position = resourceVersion;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #follow({ type, object }: WatchEvent<T>): void {
    const { selection, store, trim } = this.#options;
    const { resourceVersion } = object.metadata;
    if (type === 'BOOKMARK') store.advance(selection.namespace, resourceVersion);
    else if (type === 'DELETED') store.delete(selection.namespace, trim(object));
    else store.upsert(selection.namespace, trim(object));
    this.#position = resourceVersion;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { selection, log } = this.#options;
    if (this.#streaming === 'failed' && doesNotStream(error)) {
      this.#streaming = 'refused';
      log.debug({ resource: selection.resource.plural, error }, 'the server does not stream lists; listing');
      return;
    }
    const wasListing = this.#position === undefined;
    if (mustListAgain(error)) this.#position = undefined;
    const fields = { resource: selection.resource.plural, namespace: selection.namespace, error };
    if (wasListing) log.warn(fields, 'cannot list; retrying');
    else if (error instanceof ApiError && error.code === 403) log.warn(fields, 'not allowed to watch; retrying');
    else if (this.#position === undefined) log.info(fields, 'the watch failed; relisting');
    else log.info(fields, 'the watch was interrupted; resuming');
    await this.#pause(signal);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    await sleep(clock, computeBackoffMs(BACKOFF, this.#failures, random), signal);
  }
}

/** As client-go: older servers, and those of other make, refuse the request as such. */
function doesNotStream(error: unknown): boolean {
  return error instanceof ApiError && [400, 405, 406, 415, 422].includes(error.code);
}

/**
 * Says whether a watch cannot be resumed after this error: the server has forgotten that point (410), does not know it
 * yet (its data was restored), has ended the watch with an error of its own, or finds the request wrong.
 */
function mustListAgain(error: unknown): boolean {
  if (error instanceof WatchError) return true;
  if (!(error instanceof ApiError)) return false;
  if (error.hasCause('ResourceVersionTooLarge')) return true;
  const isPassing = error.code >= 500 || [401, 403, 408, 429].includes(error.code);
  return !isPassing;
}
