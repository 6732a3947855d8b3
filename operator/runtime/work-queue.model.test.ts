import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { HandDrivenClock } from './hand-driven-clock.ts';
import { WorkQueue } from './work-queue.ts';

const KEYS = ['a', 'b'];
const POLICY = { initialMs: 100, maximumMs: 1000 };

/** What can happen to a queue; each operation takes what it needs. */
interface Subject {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  fail(key: string): void;
  forget(key: string): void;
  take(): void;
  done(key: string): void;
  advance(key: string, ms: number): void;
  /** What can be seen of it: the keys that were handed out, and the state of those that were not. */
  observe(): object;
}

const OPERATIONS = ['add', 'addAfter', 'fail', 'forget', 'take', 'done', 'advance'] as const;

class RealQueue implements Subject {
  readonly #clock = new HandDrivenClock();
  // Delays are drawn from a range: at its upper end they are whole.
  readonly #queue = new WorkQueue<string>({ clock: this.#clock, random: () => 1 });
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

/** What a queue is to do, without regard to cost. */
class NaiveQueue implements Subject {
  #nowMs = 0;
  #takers = 0;
  /** Keys that wait, in order; none of them is in work. */
  readonly #waiting: string[] = [];
  readonly #inWork = new Set<string>();
  /** Keys in work that come back. */
  readonly #again = new Set<string>();
  readonly #handed: string[] = [];
  readonly #failures = new Map<string, number>();
  #delayed: { readonly key: string; readonly dueMs: number }[] = [];

  add(key: string): void {
    this.#delayed = this.#delayed.filter((delayed) => delayed.key !== key);
    if (this.#inWork.has(key)) this.#again.add(key);
    else if (!this.#waiting.includes(key)) this.#waiting.push(key);
    this.#serve();
  }

  addAfter(key: string, ms: number): void {
    const dueMs = this.#nowMs + ms;
    if (this.#delayed.some((delayed) => delayed.key === key && delayed.dueMs <= dueMs)) return;
    this.#delayed = [...this.#delayed.filter((delayed) => delayed.key !== key), { key, dueMs }];
  }

  fail(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, Math.min(POLICY.maximumMs, POLICY.initialMs * 2 ** (failures - 1)));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  take(): void {
    this.#takers += 1;
    this.#serve();
  }

  done(key: string): void {
    if (this.#inWork.delete(key) && this.#again.delete(key)) this.#waiting.push(key);
    this.#serve();
  }

  advance(_key: string, ms: number): void {
    this.#nowMs += ms;
    const due = this.#delayed.filter(({ dueMs }) => dueMs <= this.#nowMs).toSorted((a, b) => a.dueMs - b.dueMs);
    for (const { key } of due) this.add(key);
  }

  observe(): object {
    return {
      handed: this.#handed,
      length: this.#waiting.length,
      processing: this.#inWork.size,
      failures: KEYS.map((key) => this.#failures.get(key) ?? 0),
    };
  }

  #serve(): void {
    while (this.#takers > 0 && this.#waiting.length > 0) {
      const [key = ''] = this.#waiting.splice(0, 1);
      this.#takers -= 1;
      this.#inWork.add(key);
      this.#handed.push(key);
    }
  }
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
