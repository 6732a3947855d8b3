import { type BackoffPolicy, computeBackoffMs, type Random } from '../clock/backoff.ts';
import type { Cancel, Clock } from '../clock/clock.ts';
import { type Priority, ReadyKeys } from './ready-keys.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

/** As controller-runtime's: of all keys together a hundred failures are retried after their own backoff, then ten a second. */
const RETRY_BUDGET: TokenBucketPolicy = { burst: 100, refillMs: 100 };

/** A key to work on, with what woke it. */
export interface WorkItem<Key> {
  readonly key: Key;
  /** Counts from 1 what the queue hands out, so that log lines of one reconcile can be told from those of another. */
  readonly id: number;
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
  taken(waitedMs: number): void;
  done(workedMs: number): void;
}

/** What a queue needs. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: WorkQueueObserver;
  /** How fast failures of all keys together are retried. */
  readonly retryBudget?: TokenBucketPolicy;
}

interface Delayed {
  readonly dueMs: number;
  readonly cause: string;
  readonly cancel: Cancel;
}

interface Waiting {
  readonly causes: Set<string>;
  readonly sinceMs: number;
  priority: Priority;
}

/**
 * A queue of keys, each at most once in it and at most once in work, after client-go's workqueue. A key that is added
 * while it is in work comes back when that work is done. Failing keys wait outside of the queue, each with a growing delay
 * and all of them together at a bounded rate; when they come back, keys that have changed go before them.
 */
export class WorkQueue<Key> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observer: WorkQueueObserver | undefined;
  readonly #retryBudget: TokenBucket;
  /** Keys that wait for a worker: all of them in `#dirty` and none in `#processing`. */
  readonly #ready = new ReadyKeys<Key>();
  /** Keys that need work: those in `#ready`, and those of `#processing` that were added again meanwhile. */
  readonly #dirty = new Map<Key, Waiting>();
  /** Keys that a worker has taken and not yet given back, with when that was. */
  readonly #processing = new Map<Key, number>();
  /** Keys that will be added later; one delay for each, the earliest that was asked for. */
  readonly #delayed = new Map<Key, Delayed>();
  /** Failures in a row of each key that has any. */
  readonly #failures = new Map<Key, number>();
  /** Workers that wait for a key. */
  readonly #takers: ((item: WorkItem<Key> | undefined) => void)[] = [];
  #takenCount = 0;
  #isShutDown = false;

  constructor({ clock, random, observer, retryBudget = RETRY_BUDGET }: WorkQueueOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#observer = observer;
    this.#retryBudget = new TokenBucket(retryBudget, clock);
  }

  /** How many keys wait for a worker. */
  get length(): number {
    return this.#ready.size;
  }

  /** How many keys are in work. */
  get processing(): number {
    return this.#processing.size;
  }

  /** For how long each key that is in work has been, in milliseconds. */
  get workedMs(): readonly number[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#processing.values()].map((sinceMs) => nowMs - sinceMs);
  }

  /** Marks a key as needing work, since something changed; a pending delay is dropped. Ignored after shutdown. */
  add(key: Key, cause: string): void {
    if (this.#isShutDown) return;
    this.#cancelDelay(key);
    this.#enqueue(key, cause, 'event');
  }

  /** Adds a key after a delay, unless it is added, or asked for sooner, before that; without a delay, at once. */
  addAfter(key: Key, delayMs: number, cause: string): void {
    if (delayMs <= 0) this.add(key, cause);
    if (delayMs <= 0 || this.#isShutDown) return;
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.cancel();
    const cancel = this.#clock.schedule(delayMs, () => {
      this.#delayed.delete(key);
      this.#enqueue(key, cause, 'retry');
    });
    this.#delayed.set(key, { dueMs, cause, cancel });
  }

  /**
   * Counts a failure of the key and adds it after its backoff, but not before its turn among the failures of all keys;
   * returns the delay.
   */
  addAfterFailure(key: Key, policy: BackoffPolicy, cause: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    this.#observer?.retried();
    const backoffMs = computeBackoffMs(policy, failures, this.#random);
    const delayMs = Math.max(backoffMs, this.#retryBudget.reserve());
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
    const key = this.#ready.take();
    if (key !== undefined) return Promise.resolve(this.#start(key));
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Gives back a key that `take` handed out; if it was added meanwhile, it is ready again. */
  done(key: Key): void {
    const sinceMs = this.#processing.get(key);
    if (sinceMs === undefined) return;
    this.#processing.delete(key);
    this.#observer?.done(this.#clock.monotonicMs() - sinceMs);
    const waiting = this.#dirty.get(key);
    if (waiting === undefined) return;
    this.#makeReady(key, waiting.priority);
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

  #enqueue(key: Key, cause: string, priority: Priority): void {
    const waiting = this.#dirty.get(key);
    if (waiting === undefined) {
      this.#dirty.set(key, { causes: new Set([cause]), sinceMs: this.#clock.monotonicMs(), priority });
      this.#observer?.added();
    } else {
      waiting.causes.add(cause);
      if (priority === 'retry' || waiting.priority === 'event') return;
      waiting.priority = priority;
    }
    if (!this.#processing.has(key)) this.#makeReady(key, priority);
  }

  #makeReady(key: Key, priority: Priority): void {
    this.#ready.add(key, priority);
    const taker = this.#takers.shift();
    const next = taker === undefined ? undefined : this.#ready.take();
    if (taker === undefined || next === undefined) this.#observer?.depth(this.#ready.size);
    else taker(this.#start(next));
  }

  #start(key: Key): WorkItem<Key> {
    const waiting = this.#dirty.get(key);
    this.#dirty.delete(key);
    const nowMs = this.#clock.monotonicMs();
    this.#processing.set(key, nowMs);
    this.#takenCount += 1;
    const waitedMs = nowMs - (waiting?.sinceMs ?? nowMs);
    this.#observer?.depth(this.#ready.size);
    this.#observer?.taken(waitedMs);
    return { key, id: this.#takenCount, causes: [...(waiting?.causes ?? [])], waitedMs };
  }

  #cancelDelay(key: Key): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
