import type { Cancel, Clock } from '../clock/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** The system clock, which a test can advance. Timers that become due fire immediately. */
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

  /** Advances the clock by this number of milliseconds. */
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
