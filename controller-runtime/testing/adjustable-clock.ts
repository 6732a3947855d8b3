import type { Cancel, Clock } from '../clock/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** The machine's time, which a test can put forward: what was due in between is due at once. */
export class AdjustableClock implements Clock {
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  monotonicMs(): number {
    return performance.now() + this.#aheadMs;
  }

  schedule(delayMs: number, callback: () => void): Cancel {
    const timer: Timer = {
      dueMs: this.monotonicMs() + delayMs,
      callback,
      handle: setTimeout(() => this.#fire(timer), delayMs),
    };
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  /** Puts the clock forward by that many milliseconds. */
  advance(ms: number): void {
    this.#aheadMs += ms;
    for (const timer of this.#timers) {
      clearTimeout(timer.handle);
      timer.handle = setTimeout(() => this.#fire(timer), Math.max(0, timer.dueMs - this.monotonicMs()));
    }
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.callback();
  }
}
