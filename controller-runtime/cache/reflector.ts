import type { KubeClient } from '../client/client.ts';
import { ApiError, WatchError } from '../client/errors.ts';
import { listPages, readCurrentVersion, type Selection, type WatchEvent, watchEvents } from '../client/list-watch.ts';
import { keyOf, type KubernetesObject, type ObjectKey } from '../object/object.ts';
import { compareResourceVersions } from '../object/resource-version.ts';
import { type BackoffPolicy, computeBackoffMs, type Random } from '../clock/backoff.ts';
import { type Clock, sleep } from '../clock/clock.ts';
import type { Logger } from '../logger/logger.ts';
import type { ObjectStore } from './object-store.ts';

/** As in client-go, a watch times out after a random 5 to 10 minutes. */
const WATCH_TIMEOUT_SECONDS = { minimum: 300, jitter: 300 };
const BACKOFF: BackoffPolicy = { initialMs: 200, maximumMs: 30_000 };
/** A watch that ends earlier counts as a failure, so that a server that closes every watch is not flooded with requests. */
const SHORTEST_HEALTHY_WATCH_MS = 5_000;

/**
 * The maximum time between two events of a watch. The API server sends a bookmark every minute, the first one after at
 * most two. A watch whose connection is dead is resumed within three minutes, including one failed attempt of 30 seconds.
 */
const MAX_SILENCE_MS = 140_000;
/** The maximum time before the first and between two events of a streamed initial list. */
const MAX_INITIAL_SILENCE_MS = 30_000;

/**
 * An outage after which a watch is not resumed, but all objects are listed: a restored etcd may have passed the last synced
 * resource version by then. It is the renew deadline of a leader, which exits in a longer one and lists anew.
 */
const MAX_OUTAGE_MS = 10_000;

/** Receives the start of each list (in pages or streamed) and watch, and each event, for metrics. */
export interface ReflectorObserver {
  listed(plural: string): void;
  watched(plural: string): void;
  event(plural: string): void;
}

/** Resolves to the next event of a watch. Aborts the watch if no event arrives within `maxSilenceMs`. */
type NextEvent<T> = (maxSilenceMs: number) => Promise<IteratorResult<WatchEvent<T>>>;

/** The options of a reflector. */
export interface ReflectorOptions<T extends KubernetesObject> {
  readonly client: KubeClient;
  readonly selection: Selection;
  readonly store: ObjectStore<T>;
  /** Removes the fields of an object that nothing reads, before it is stored. */
  readonly trim: (object: T) => T;
  /** Whether a forbidden list (403) counts as synced. The reflector keeps retrying it. */
  readonly isOptional?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly observer?: ReflectorObserver;
}

/**
 * Lists and watches the objects of a selection and keeps a store in sync with them, after client-go's Reflector. The
 * initial list is streamed by the watch if the server supports it (WatchList), and listed in pages otherwise. An
 * interrupted watch resumes from the last resource version. A longer outage, an expired resource version, an error
 * event, or a server that has gone back to older resource versions (etcd was restored from a backup) causes a relist.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #failures = 0;
  /** The last synced resource version; undefined if a list or relist is needed. */
  #lastSyncVersion: string | undefined;
  /** Whether the last watch failed, so that the server may have gone back to older resource versions since. */
  #wasInterrupted = false;
  /** When the first check of the resource version was sent that the server has not answered. */
  #unansweredSinceMs: number | undefined;
  /** `unsupported`: the server does not stream lists. `failed`: the last stream was incomplete, so list in pages next. */
  #streaming: 'supported' | 'failed' | 'unsupported' = 'supported';

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Whether the initial list is in the store, or was forbidden and is optional. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves once the initial list is in the store, or was forbidden and is optional. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Runs until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#lastSyncVersion !== undefined) await this.#resume(this.#lastSyncVersion, signal);
        else if (this.#streaming === 'supported') await this.#watch(undefined, signal);
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
    if (this.#streaming === 'failed') this.#streaming = 'supported';
    const objects: T[] = [];
    let resourceVersion = '';
    for await (const page of listPages<T>(client, selection, signal)) {
      for (const item of page.items) objects.push(trim(item));
      ({ resourceVersion } = page.metadata);
    }
    this.#replace(objects, resourceVersion);
  }

  /**
   * Watches from the last synced resource version. After an interruption, compares it with the server's first: a server
   * accepts a watch from a future resource version, and sends nothing until it has passed it.
   */
  async #resume(lastSyncVersion: string, signal: AbortSignal): Promise<void> {
    if (this.#wasInterrupted && (await this.#mustRelist(lastSyncVersion, signal))) {
      this.#lastSyncVersion = undefined;
      return;
    }
    await this.#watch(lastSyncVersion, signal);
  }

  async #mustRelist(lastSyncVersion: string, signal: AbortSignal): Promise<boolean> {
    const { client, selection, clock, log } = this.#options;
    const fields = { resource: selection.resource.plural, namespace: selection.namespace, lastSyncVersion };
    await client.untilAllowed(signal);
    this.#unansweredSinceMs ??= clock.monotonicMs();
    const current = await readCurrentVersion(client, selection, signal).catch((error: unknown) => {
      if (isThrottled(error)) this.#unansweredSinceMs = undefined;
      throw error;
    });
    const outageMs = clock.monotonicMs() - this.#unansweredSinceMs;
    this.#wasInterrupted = false;
    this.#unansweredSinceMs = undefined;
    if (compareResourceVersions(current, lastSyncVersion) < 0) {
      const restored = { ...fields, current };
      log.warn(restored, 'the server went back to an older resource version (etcd was restored); relisting');
      return true;
    }
    if (outageMs <= MAX_OUTAGE_MS) return false;
    log.info({ ...fields, outageMs }, 'the server did not answer for a while; relisting');
    return true;
  }

  /** Watches from a resource version. Without one, streams the initial list first, which replaces the store's content. */
  async #watch(resourceVersion: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, selection, clock, random, log, observer } = this.#options;
    const { plural } = selection.resource;
    if (resourceVersion === undefined) observer?.listed(plural);
    observer?.watched(plural);
    const startMs = clock.monotonicMs();
    const timeoutSeconds = WATCH_TIMEOUT_SECONDS.minimum + Math.floor(random() * WATCH_TIMEOUT_SECONDS.jitter);
    const silence = new AbortController();
    const stop = AbortSignal.any([signal, silence.signal]);
    const events = watchEvents<T>(client, selection, { resourceVersion, timeoutSeconds }, stop);
    const next: NextEvent<T> = (maxSilenceMs) => this.#limitSilence(events.next(), maxSilenceMs, silence);
    try {
      if (resourceVersion === undefined) await this.#receiveInitialList(next);
      for (let event = await next(MAX_SILENCE_MS); event.done !== true; event = await next(MAX_SILENCE_MS)) {
        observer?.event(plural);
        this.#handleEvent(event.value);
        this.#failures = 0;
      }
    } finally {
      await events.return(undefined);
    }
    const lastedMs = clock.monotonicMs() - startMs;
    log.debug({ resource: plural, namespace: selection.namespace, lastedMs }, 'the server closed the watch');
    if (lastedMs < SHORTEST_HEALTHY_WATCH_MS) await this.#pause(signal);
    else this.#failures = 0;
  }

  /** Receives the streamed initial list, and replaces the content of the store once the list is complete. */
  async #receiveInitialList(next: NextEvent<T>): Promise<void> {
    const { selection, trim, observer } = this.#options;
    this.#streaming = 'failed';
    const objects = new Map<ObjectKey, T>();
    for (;;) {
      const event = await next(MAX_INITIAL_SILENCE_MS);
      if (event.done === true) throw new Error('the server closed the watch before the end of the initial list');
      const { type, object, endsInitialEvents } = event.value;
      observer?.event(selection.resource.plural);
      if (endsInitialEvents) {
        this.#streaming = 'supported';
        this.#replace([...objects.values()], object.metadata.resourceVersion);
        return;
      }
      if (type === 'DELETED') objects.delete(keyOf(object));
      else if (type !== 'BOOKMARK') objects.set(keyOf(object), trim(object));
    }
  }

  /** Aborts a watch whose next event does not arrive in time. Bytes of an incomplete event do not count. */
  #limitSilence<R>(event: Promise<R>, maxSilenceMs: number, watch: AbortController): Promise<R> {
    const cancel = this.#options.clock.schedule(maxSilenceMs, () => {
      // No backoff here: the silence itself limits the request rate. With a backoff, an idle watch on a server without
      // bookmarks would be closed for up to 30 seconds each time.
      this.#failures = 0;
      watch.abort(new Error(`no event for ${maxSilenceMs / 1000} s: assuming that the connection is dead`));
    });
    return event.finally(cancel);
  }

  #replace(objects: readonly T[], resourceVersion: string): void {
    const { selection, store } = this.#options;
    store.replace(selection.namespace, objects, resourceVersion);
    this.#lastSyncVersion = resourceVersion;
    this.#unansweredSinceMs = undefined;
    this.#setSynced();
  }

  #setSynced(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #handleEvent({ type, object }: WatchEvent<T>): void {
    const { selection, store, trim } = this.#options;
    const { resourceVersion } = object.metadata;
    if (type === 'BOOKMARK') store.advance(selection.namespace, resourceVersion);
    else if (type === 'DELETED') store.delete(selection.namespace, trim(object));
    else store.upsert(selection.namespace, trim(object));
    this.#lastSyncVersion = resourceVersion;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { selection, log, isOptional = false } = this.#options;
    if (this.#streaming === 'failed' && isStreamingUnsupported(error)) {
      this.#streaming = 'unsupported';
      log.debug({ resource: selection.resource.plural, error }, 'the server does not stream lists; listing');
      return;
    }
    const isListFailure = this.#lastSyncVersion === undefined;
    if (requiresRelist(error)) this.#lastSyncVersion = undefined;
    this.#wasInterrupted = this.#lastSyncVersion !== undefined;
    const fields = { resource: selection.resource.plural, namespace: selection.namespace, error };
    if (isOptional && isForbidden(error)) this.#setSynced();
    if (isListFailure) log.warn(fields, 'cannot list; retrying');
    else if (isForbidden(error)) log.warn(fields, 'not allowed to watch; retrying');
    else if (this.#lastSyncVersion === undefined) log.info(fields, 'the watch failed; relisting');
    else log.info(fields, 'the watch was interrupted; resuming');
    await this.#pause(signal);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    await sleep(clock, computeBackoffMs(BACKOFF, this.#failures, random), signal);
  }
}

function isThrottled(error: unknown): boolean {
  return error instanceof ApiError && error.code === 429;
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.code === 403;
}

/** As in client-go: API servers without WatchList reject the request with one of these codes. */
function isStreamingUnsupported(error: unknown): boolean {
  return error instanceof ApiError && [400, 405, 406, 415, 422].includes(error.code);
}

/**
 * Returns whether a watch cannot be resumed after this error: the resource version has expired (410) or is too large (etcd
 * was restored from a backup), the server sent an error event, or the request is invalid.
 */
function requiresRelist(error: unknown): boolean {
  if (error instanceof WatchError) return true;
  if (!(error instanceof ApiError)) return false;
  if (error.hasCause('ResourceVersionTooLarge')) return true;
  const isTransient = error.code >= 500 || [401, 403, 408, 429].includes(error.code);
  return !isTransient;
}
