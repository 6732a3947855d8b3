import type { Cancel, Clock } from '../clock/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that only a test advances. */
export class FakeClock implements Clock {
  /** The time of day. `advance` moves it; a test can set it to make it jump. */
  timeOfDayMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  #monotonicMs = 0;
  #timers: Timer[] = [];
  readonly #watchers = new Set<() => void>();

  now(): Date {
    return new Date(this.timeOfDayMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const timer = { dueMs: this.#monotonicMs + delayMs, callback };
    this.#timers.push(timer);
    for (const watcher of this.#watchers) watcher();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The remaining milliseconds of all timers, in ascending order. */
  get delaysMs(): readonly number[] {
    return this.#timers.map(({ dueMs }) => dueMs - this.#monotonicMs).toSorted((a, b) => a - b);
  }

  /** Resolves to `delaysMs` once `count` timers are scheduled. */
  async untilScheduled(count = 1): Promise<readonly number[]> {
    while (this.#timers.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      await promise;
      this.#watchers.delete(resolve);
    }
    return this.delaysMs;
  }

  /** Advances the clock by `ms` milliseconds and fires due timers in order. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms;
    for (let next = this.#soonest(untilMs); next !== undefined; next = this.#soonest(untilMs)) {
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.callback();
    }
    this.#moveTo(untilMs);
  }

  #soonest(untilMs: number): Timer | undefined {
    return this.#timers.filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
  }

  #moveTo(ms: number): void {
    this.timeOfDayMs += ms - this.#monotonicMs;
    this.#monotonicMs = ms;
  }
}
