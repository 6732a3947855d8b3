import type { KubeClient } from '../kube/client.ts';
import { ApiError, WatchError } from '../kube/errors.ts';
import { listPages, type Selection, watchEvents } from '../kube/list-watch.ts';
import type { KubernetesObject } from '../kube/object.ts';
import { type BackoffPolicy, computeBackoffMs, type Random } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import type { Logger } from './logger.ts';
import type { ObjectStore } from './object-store.ts';

/** As client-go's: a watch ends by itself after 5 to 10 minutes, at another time for each. */
const WATCH_SECONDS = { least: 300, spread: 300 };
const BACKOFF: BackoffPolicy = { initialMs: 200, maximumMs: 30_000 };
/** A watch that ends sooner than this counts as a failure, or a server that closes each one would be hammered. */
const SHORTEST_HEALTHY_WATCH_MS = 5_000;

/** Is told of each list and watch that is begun and of each event, for metrics. */
export interface ReflectorObserver {
  listed(plural: string): void;
  watched(plural: string): void;
  event(plural: string): void;
}

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
 * Keeps a store equal to what the API server has of a selection: lists it, then watches from there on, and goes on from
 * where it was after whatever ends a watch. It lists again only when the server has forgotten that point, or has ended
 * the watch with an error.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #failures = 0;
  /** The resource version up to which the store is known to be right; undefined when it must be listed (again). */
  #position: string | undefined;

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
        await (this.#position === undefined ? this.#list(signal) : this.#watch(this.#position, signal));
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, selection, store, trim } = this.#options;
    this.#options.observer?.listed(selection.resource.plural);
    const objects: T[] = [];
    let resourceVersion = '';
    for await (const page of listPages<T>(client, selection, signal)) {
      for (const item of page.items) objects.push(trim(item));
      ({ resourceVersion } = page.metadata);
    }
    store.replace(selection.namespace, objects, resourceVersion);
    this.#position = resourceVersion;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #watch(position: string, signal: AbortSignal): Promise<void> {
    const { client, selection, clock, random, log } = this.#options;
    const { plural } = selection.resource;
    this.#options.observer?.watched(plural);
    const begunMs = clock.monotonicMs();
    const timeoutSeconds = WATCH_SECONDS.least + Math.floor(random() * WATCH_SECONDS.spread);
    const from = { resourceVersion: position, timeoutSeconds };
    for await (const event of watchEvents<T>(client, selection, from, signal)) {
      this.#options.observer?.event(plural);
      this.#follow(event.type, event.object);
      this.#failures = 0;
    }
    const lastedMs = clock.monotonicMs() - begunMs;
    log.debug({ resource: plural, namespace: selection.namespace, lastedMs }, 'the server ended the watch');
    if (lastedMs < SHORTEST_HEALTHY_WATCH_MS) await this.#pause(0, signal);
    else this.#failures = 0;
  }

  #follow(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: T): void {
    const { selection, store, trim } = this.#options;
    const { resourceVersion } = object.metadata;
    if (type === 'BOOKMARK') store.advance(selection.namespace, resourceVersion);
    else if (type === 'DELETED') store.delete(selection.namespace, trim(object));
    else store.upsert(selection.namespace, trim(object));
    this.#position = resourceVersion;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { selection, log } = this.#options;
    const wasListing = this.#position === undefined;
    if (mustListAgain(error)) this.#position = undefined;
    const atLeastMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const fields = { resource: selection.resource.plural, namespace: selection.namespace, error };
    if (wasListing) log.warn(fields, 'cannot list; trying again');
    else
      log.info(
        fields,
        this.#position === undefined ? 'the watch failed; listing again' : 'the watch broke off; resuming',
      );
    await this.#pause(atLeastMs, signal);
  }

  async #pause(atLeastMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    await sleep(clock, Math.max(atLeastMs, computeBackoffMs(BACKOFF, this.#failures, random)), signal);
  }
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
