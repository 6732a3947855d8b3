import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { FakeClock } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const KEYS = ['a', 'b', 'c'];
const POLICY = { initialMs: 100, maximumMs: 1000 };
/** Small, so that it is exhausted from time to time. */
const RETRY_BUDGET = { burst: 2, refillMs: 150 };
/** The number of events that go before a waiting retry. */
const EVENTS_PER_RETRY = 4;

/** The operations on a queue. Each one uses the arguments that it needs. */
interface Subject {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  fail(key: string, ms: number): void;
  forget(key: string): void;
  take(): void;
  done(key: string): void;
  advance(key: string, ms: number): void;
  /** The observable state: the keys that were taken, and the state of the others. */
  observe(): object;
}

const OPERATIONS = ['add', 'addAfter', 'fail', 'forget', 'take', 'done', 'advance'] as const;

class RealQueue implements Subject {
  readonly #clock = new FakeClock();
  // At the upper end of the jitter, delays are whole numbers.
  readonly #queue = new WorkQueue<string>({
    clock: this.#clock,
    random: () => 1,
    retryBudget: RETRY_BUDGET,
  });
  readonly #taken: (string | undefined)[] = [];

  add(key: string): void {
    this.#queue.add(key, 'x');
  }

  addAfter(key: string, ms: number): void {
    this.#queue.addAfter(key, ms, 'x');
  }

  fail(key: string): void {
    this.#queue.addAfterFailure(key, POLICY, 'x');
  }

  forget(key: string): void {
    this.#queue.forget(key);
  }

  take(): void {
    void this.#queue.take().then((item) => this.#taken.push(item?.key));
  }

  done(key: string): void {
    this.#queue.done(key);
  }

  advance(_key: string, ms: number): void {
    this.#clock.advance(ms);
  }

  observe(): object {
    const { length, processing } = this.#queue;
    return { taken: this.#taken, length, processing, failures: KEYS.map((key) => this.#queue.failures(key)) };
  }
}

/** A key that needs a reconcile, and whether an event enqueued it. */
interface Entry {
  readonly key: string;
  readonly isEvent: boolean;
}

/** The reference implementation, without regard to performance. */
class ReferenceQueue implements Subject {
  #nowMs = 0;
  #takers = 0;
  /** Keys that wait for a worker, in order. None of them is being processed. */
  #waiting: Entry[] = [];
  readonly #processing = new Set<string>();
  /** Keys in processing that are requeued when done. */
  #requeued: Entry[] = [];
  readonly #taken: string[] = [];
  /** For each key that was taken: whether it was an event that went before a retry. */
  readonly #choices: boolean[] = [];
  readonly #failures = new Map<string, number>();
  #delayed: { readonly key: string; readonly dueMs: number }[] = [];
  /** The remaining retry budget in milliseconds: whole numbers, since fractions of tokens would not add up exactly. */
  #budgetMs = RETRY_BUDGET.burst * RETRY_BUDGET.refillMs;

  add(key: string): void {
    this.#delayed = this.#delayed.filter((delayed) => delayed.key !== key);
    this.#enqueue({ key, isEvent: true });
  }

  addAfter(key: string, ms: number): void {
    if (ms === 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#nowMs + ms;
    if (this.#delayed.some((delayed) => delayed.key === key && delayed.dueMs <= dueMs)) return;
    this.#delayed = [...this.#delayed.filter((delayed) => delayed.key !== key), { key, dueMs }];
  }

  fail(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#budgetMs -= RETRY_BUDGET.refillMs;
    const refillMs = Math.max(0, -this.#budgetMs);
    const backoffMs = Math.min(POLICY.maximumMs, POLICY.initialMs * 2 ** (failures - 1));
    this.addAfter(key, Math.max(backoffMs, refillMs));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  take(): void {
    this.#takers += 1;
    this.#serve();
  }

  done(key: string): void {
    if (!this.#processing.delete(key)) return;
    const entry = this.#requeued.find((other) => other.key === key);
    this.#requeued = this.#requeued.filter((other) => other.key !== key);
    if (entry !== undefined) this.#enqueue(entry);
  }

  advance(_key: string, ms: number): void {
    this.#nowMs += ms;
    this.#budgetMs = Math.min(RETRY_BUDGET.burst * RETRY_BUDGET.refillMs, this.#budgetMs + ms);
    const due = this.#delayed.filter(({ dueMs }) => dueMs <= this.#nowMs).toSorted((a, b) => a.dueMs - b.dueMs);
    this.#delayed = this.#delayed.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { key } of due) this.#enqueue({ key, isEvent: false });
  }

  observe(): object {
    return {
      taken: this.#taken,
      length: this.#waiting.length,
      processing: this.#processing.size,
      failures: KEYS.map((key) => this.#failures.get(key) ?? 0),
    };
  }

  #enqueue(entry: Entry): void {
    if (this.#processing.has(entry.key)) this.#requeued = withEntry(this.#requeued, entry);
    else this.#waiting = withEntry(this.#waiting, entry);
    this.#serve();
  }

  #serve(): void {
    while (this.#takers > 0 && this.#waiting.length > 0) {
      const entry = this.#next();
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#takers -= 1;
      this.#processing.add(entry.key);
      this.#taken.push(entry.key);
    }
  }

  #next(): Entry {
    const event = this.#waiting.find(({ isEvent }) => isEvent);
    const retry = this.#waiting.find(({ isEvent }) => !isEvent);
    const recent = this.#choices.slice(-EVENTS_PER_RETRY);
    const isRetryNext = recent.length === EVENTS_PER_RETRY && recent.every(Boolean);
    const entry = retry === undefined || (event !== undefined && !isRetryNext) ? event : retry;
    if (entry === undefined) throw new Error('no key waits');
    this.#choices.push(retry !== undefined && entry.isEvent);
    return entry;
  }
}

/** Appends an entry unless its key is present. An event replaces a retry of the same key. */
function withEntry(entries: readonly Entry[], entry: Entry): Entry[] {
  const known = entries.find(({ key }) => key === entry.key);
  if (known !== undefined && (known.isEvent || !entry.isEvent)) return [...entries];
  return [...entries.filter((other) => other !== known), entry];
}

describe('a work queue', () => {
  const operation = record({
    name: constantFrom(...OPERATIONS),
    key: constantFrom(...KEYS),
    ms: integer({ min: 0, max: 4 }).map((count) => count * 100),
  });

  it('behaves like the reference implementation for any sequence of operations', async () => {
    await assert(
      asyncProperty(array(operation, { minLength: 20, maxLength: 100, size: 'max' }), async (operations) => {
        const subjects = [new RealQueue(), new ReferenceQueue()] as const;
        for (const { name, key, ms } of operations) {
          for (const subject of subjects) subject[name](key, ms);
          // Waiting workers receive their keys in microtasks.
          await new Promise((resolve) => setImmediate(resolve));
          expect(subjects[0].observe()).toEqual(subjects[1].observe());
        }
      }),
    );
  });
});
