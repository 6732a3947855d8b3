import { type BackoffPolicy, computeBackoffMs, type Random } from './backoff.ts';
import type { Cancel, Clock } from './clock.ts';

/** A key to work on, with what woke it. */
export interface WorkItem<Key> {
  readonly key: Key;
  /** Each distinct cause since the key was last taken. */
  readonly causes: readonly string[];
  /** How long the key waited in the queue, in milliseconds. */
  readonly waitedMs: number;
}

/** Is told what happens in a queue, for its metrics. */
export interface WorkQueueObserver {
  added(): void;
  retried(): void;
  depth(length: number): void;
}

/** What a queue needs. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: WorkQueueObserver;
}

interface Delayed {
  readonly dueMs: number;
  readonly cause: string;
  readonly cancel: Cancel;
}

interface Waiting {
  readonly causes: Set<string>;
  sinceMs: number;
}

/**
 * A queue of keys, each at most once in it and at most once in work, after client-go's workqueue. A key that is added
 * while it is in work comes back when that work is done. Keys are taken in the order in which they were added; failing
 * keys wait outside of the queue, so that they do not hold up the others.
 */
export class WorkQueue<Key> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observer: WorkQueueObserver | undefined;
  /** Keys that wait for a worker, in order (a Map keeps it): all of them in `#dirty` and none in `#processing`. */
  readonly #ready = new Set<Key>();
  /** Keys that need work: those in `#ready`, and those of `#processing` that were added again meanwhile. */
  readonly #dirty = new Map<Key, Waiting>();
  /** Keys that a worker has taken and not yet given back. */
  readonly #processing = new Set<Key>();
  /** Keys that will be added later; one delay for each, the earliest that was asked for. */
  readonly #delayed = new Map<Key, Delayed>();
  /** Failures in a row of each key that has any. */
  readonly #failures = new Map<Key, number>();
  /** Workers that wait for a key. */
  readonly #takers: ((item: WorkItem<Key> | undefined) => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#observer = options.observer;
  }

  /** How many keys wait for a worker. */
  get length(): number {
    return this.#ready.size;
  }

  /** How many keys are in work. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Marks a key as needing work; a delay that was pending for it is dropped. Ignored after shutdown. */
  add(key: Key, cause: string): void {
    if (this.#isShutDown) return;
    this.#cancelDelay(key);
    const waiting = this.#dirty.get(key);
    if (waiting !== undefined) {
      waiting.causes.add(cause);
      return;
    }
    this.#dirty.set(key, { causes: new Set([cause]), sinceMs: this.#clock.monotonicMs() });
    this.#observer?.added();
    if (!this.#processing.has(key)) this.#makeReady(key);
  }

  /** Adds a key after a delay, unless it is added, or asked for sooner, before that. */
  addAfter(key: Key, delayMs: number, cause: string): void {
    if (this.#isShutDown) return;
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.cancel();
    const cancel = this.#clock.schedule(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key, cause);
    });
    this.#delayed.set(key, { dueMs, cause, cancel });
  }

  /** Counts a failure of the key and adds it after its backoff, but not before `atLeastMs`; returns the delay. */
  addAfterFailure(key: Key, policy: BackoffPolicy, cause: string, atLeastMs = 0): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    this.#observer?.retried();
    const delayMs = Math.max(atLeastMs, computeBackoffMs(policy, failures, this.#random));
    this.addAfter(key, delayMs, cause);
    return delayMs;
  }

  /** How often the key has failed in a row. */
  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Forgets the failures of a key. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** Resolves to the next key, which `done` must give back; to undefined once the queue is shut down. */
  take(): Promise<WorkItem<Key> | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined);
    const [key] = this.#ready;
    if (key !== undefined) return Promise.resolve(this.#start(key));
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Gives back a key that `take` handed out; if it was added meanwhile, it is ready again. */
  done(key: Key): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key) && !this.#isShutDown) this.#makeReady(key);
  }

  /** Hands out no more keys: waiting and delayed ones are dropped, those in work can be finished. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#dirty.clear();
    this.#observer?.depth(0);
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #makeReady(key: Key): void {
    this.#ready.add(key);
    const taker = this.#takers.shift();
    if (taker === undefined) this.#observer?.depth(this.#ready.size);
    else taker(this.#start(key));
  }

  #start(key: Key): WorkItem<Key> {
    const waiting = this.#dirty.get(key);
    this.#ready.delete(key);
    this.#dirty.delete(key);
    this.#processing.add(key);
    this.#observer?.depth(this.#ready.size);
    const sinceMs = waiting?.sinceMs ?? this.#clock.monotonicMs();
    return { key, causes: [...(waiting?.causes ?? [])], waitedMs: this.#clock.monotonicMs() - sinceMs };
  }

  #cancelDelay(key: Key): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
