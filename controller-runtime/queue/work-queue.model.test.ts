import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { FakeClock } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const KEYS = ['a', 'b', 'c'];
const POLICY = { initialMs: 100, maximumMs: 1000 };
/** Small, so that it is used up now and then. */
const RETRY_BUDGET = { burst: 2, refillMs: 150 };
/** How many changed keys may go before one that is due. */
const CHANGED_PER_DUE = 4;

/** What can happen to a queue; each operation takes what it needs. */
interface Subject {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  /** The server asks for a wait of `ms`, or for none. */
  fail(key: string, ms: number): void;
  forget(key: string): void;
  take(): void;
  done(key: string): void;
  advance(key: string, ms: number): void;
  /** What can be seen of it: the keys that were handed out, and the state of those that were not. */
  observe(): object;
}

const OPERATIONS = ['add', 'addAfter', 'fail', 'forget', 'take', 'done', 'advance'] as const;

class RealQueue implements Subject {
  readonly #clock = new FakeClock();
  // Delays are drawn from a range: at its upper end they are whole.
  readonly #queue = new WorkQueue<string>({
    clock: this.#clock,
    random: () => 1,
    retryBudget: RETRY_BUDGET,
  });
  readonly #handed: (string | undefined)[] = [];

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
    void this.#queue.take().then((item) => this.#handed.push(item?.key));
  }

  done(key: string): void {
    this.#queue.done(key);
  }

  advance(_key: string, ms: number): void {
    this.#clock.advance(ms);
  }

  observe(): object {
    const { length, processing } = this.#queue;
    return { handed: this.#handed, length, processing, failures: KEYS.map((key) => this.#queue.failures(key)) };
  }
}

/** A key that needs work, and whether it has changed, not only come due. */
interface Entry {
  readonly key: string;
  readonly isChanged: boolean;
}

/** What a queue is to do, without regard to cost. */
class NaiveQueue implements Subject {
  #nowMs = 0;
  #takers = 0;
  /** Keys that wait, in order; none of them is in work. */
  #waiting: Entry[] = [];
  readonly #inWork = new Set<string>();
  /** Keys in work that come back. */
  #again: Entry[] = [];
  readonly #handed: string[] = [];
  /** Of each key that was handed out: whether it was a changed one that went before a due one. */
  readonly #choices: boolean[] = [];
  readonly #failures = new Map<string, number>();
  #delayed: { readonly key: string; readonly dueMs: number }[] = [];
  /** What is left of the retry budget, in milliseconds: whole numbers, since parts of tokens would not add up exactly. */
  #budgetMs = RETRY_BUDGET.burst * RETRY_BUDGET.refillMs;

  add(key: string): void {
    this.#delayed = this.#delayed.filter((delayed) => delayed.key !== key);
    this.#need({ key, isChanged: true });
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
    if (!this.#inWork.delete(key)) return;
    const entry = this.#again.find((other) => other.key === key);
    this.#again = this.#again.filter((other) => other.key !== key);
    if (entry !== undefined) this.#need(entry);
  }

  advance(_key: string, ms: number): void {
    this.#nowMs += ms;
    this.#budgetMs = Math.min(RETRY_BUDGET.burst * RETRY_BUDGET.refillMs, this.#budgetMs + ms);
    const due = this.#delayed.filter(({ dueMs }) => dueMs <= this.#nowMs).toSorted((a, b) => a.dueMs - b.dueMs);
    this.#delayed = this.#delayed.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { key } of due) this.#need({ key, isChanged: false });
  }

  observe(): object {
    return {
      handed: this.#handed,
      length: this.#waiting.length,
      processing: this.#inWork.size,
      failures: KEYS.map((key) => this.#failures.get(key) ?? 0),
    };
  }

  #need(entry: Entry): void {
    if (this.#inWork.has(entry.key)) this.#again = joined(this.#again, entry);
    else this.#waiting = joined(this.#waiting, entry);
    this.#serve();
  }

  #serve(): void {
    while (this.#takers > 0 && this.#waiting.length > 0) {
      const entry = this.#next();
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#takers -= 1;
      this.#inWork.add(entry.key);
      this.#handed.push(entry.key);
    }
  }

  #next(): Entry {
    const changed = this.#waiting.find(({ isChanged }) => isChanged);
    const due = this.#waiting.find(({ isChanged }) => !isChanged);
    const lately = this.#choices.slice(-CHANGED_PER_DUE);
    const isPassedOver = lately.length === CHANGED_PER_DUE && lately.every(Boolean);
    const entry = due === undefined || (changed !== undefined && !isPassedOver) ? changed : due;
    if (entry === undefined) throw new Error('none waits');
    this.#choices.push(due !== undefined && entry.isChanged);
    return entry;
  }
}

/** Adds an entry at the end, unless there is one of its key; one that has changed takes the place of one that is due. */
function joined(entries: readonly Entry[], entry: Entry): Entry[] {
  const known = entries.find(({ key }) => key === entry.key);
  if (known !== undefined && (known.isChanged || !entry.isChanged)) return [...entries];
  return [...entries.filter((other) => other !== known), entry];
}

describe('a work queue', () => {
  const operation = record({
    name: constantFrom(...OPERATIONS),
    key: constantFrom(...KEYS),
    ms: integer({ min: 0, max: 4 }).map((count) => count * 100),
  });

  it('does after any sequence of operations what a naive one does', async () => {
    await assert(
      asyncProperty(array(operation, { minLength: 20, maxLength: 100, size: 'max' }), async (operations) => {
        const subjects = [new RealQueue(), new NaiveQueue()] as const;
        for (const { name, key, ms } of operations) {
          for (const subject of subjects) subject[name](key, ms);
          // Workers that waited are handed their keys in microtasks.
          await new Promise((resolve) => setImmediate(resolve));
          expect(subjects[0].observe()).toEqual(subjects[1].observe());
        }
      }),
    );
  });
});
