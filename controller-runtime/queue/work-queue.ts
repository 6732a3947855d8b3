import { type BackoffPolicy, computeBackoffMs, type Random } from '../clock/backoff.ts';
import type { Cancel, Clock } from '../clock/clock.ts';
import { type Priority, ReadyKeys } from './ready-keys.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

/** As in controller-runtime: across all keys, 100 failures are retried after their own backoff, then 10 per second. */
const RETRY_BUDGET: TokenBucketPolicy = { burst: 100, refillMs: 100 };

/** A key to reconcile, with the causes that enqueued it. */
export interface WorkItem<Key> {
  readonly key: Key;
  /** A sequence number from 1, which correlates the log lines of one reconcile. */
  readonly id: number;
  /** Each distinct cause since the key was last taken. */
  readonly causes: readonly string[];
  /** The milliseconds that the key waited in the queue. */
  readonly waitedMs: number;
}

/** Receives what happens in a queue, for metrics. */
export interface WorkQueueObserver {
  added(): void;
  retried(): void;
  depth(length: number): void;
  taken(waitedMs: number): void;
  done(processingMs: number): void;
}

/** The options of a work queue. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: WorkQueueObserver;
  /** The rate limit for the retries of all keys together. */
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
 * A deduplicating work queue of keys, after client-go's workqueue: no two workers process the same key at the same time. A
 * key that is added while it is processed is requeued when its worker is done. Failed keys are requeued after a per-key
 * backoff and an overall rate limit; keys that an event enqueued go before them.
 */
export class WorkQueue<Key> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #observer: WorkQueueObserver | undefined;
  readonly #retryBudget: TokenBucket;
  /** Keys that wait for a worker. Each is in `#dirty` and not in `#processing`. */
  readonly #ready = new ReadyKeys<Key>();
  /** Keys that need a reconcile: those in `#ready`, and those in `#processing` that were added again. */
  readonly #dirty = new Map<Key, Waiting>();
  /** Keys that a worker is processing, with the start time. */
  readonly #processing = new Map<Key, number>();
  /** Keys to add later, each with its earliest requested delay. */
  readonly #delayed = new Map<Key, Delayed>();
  /** The number of consecutive failures of each failing key. */
  readonly #failures = new Map<Key, number>();
  /** Idle workers. */
  readonly #takers: ((item: WorkItem<Key> | undefined) => void)[] = [];
  #takenCount = 0;
  #isShutDown = false;

  constructor({ clock, random, observer, retryBudget = RETRY_BUDGET }: WorkQueueOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#observer = observer;
    this.#retryBudget = new TokenBucket(retryBudget, clock);
  }

  /** The number of keys that wait for a worker. */
  get length(): number {
    return this.#ready.size;
  }

  /** The number of keys that workers are processing. */
  get processing(): number {
    return this.#processing.size;
  }

  /** The milliseconds since each key in processing was taken. */
  get processingMs(): readonly number[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#processing.values()].map((sinceMs) => nowMs - sinceMs);
  }

  /** Enqueues a key because of an event and cancels its pending delay. Ignored after shutdown. */
  add(key: Key, cause: string): void {
    if (this.#isShutDown) return;
    this.#cancelDelay(key);
    this.#enqueue(key, cause, 'event');
  }

  /** Enqueues a key after a delay, unless it is added, or due, earlier. Without a delay, enqueues it immediately. */
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
   * Counts a failure of the key and enqueues it after its backoff, or later if the overall rate limit requires it. Returns
   * the delay in milliseconds.
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

  /** Returns the number of consecutive failures of a key. */
  failures(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Resets the failure count of a key. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** Resolves to the next key, or to undefined once the queue is shut down. The worker must call `done` for the key. */
  take(): Promise<WorkItem<Key> | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined);
    const key = this.#ready.take();
    if (key !== undefined) return Promise.resolve(this.#start(key));
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Marks a key as processed. If the key was added in the meantime, it is requeued. */
  done(key: Key): void {
    const sinceMs = this.#processing.get(key);
    if (sinceMs === undefined) return;
    this.#processing.delete(key);
    this.#observer?.done(this.#clock.monotonicMs() - sinceMs);
    const waiting = this.#dirty.get(key);
    if (waiting === undefined) return;
    this.#makeReady(key, waiting.priority);
  }

  /** Drops all waiting and delayed keys and accepts no more. Workers can finish the keys that they are processing. */
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
