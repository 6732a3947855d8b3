/** The source of time of the framework. Tests pass a FakeClock. */
export interface Clock {
  /** The time of day, for timestamps. */
  now(): Date;
  /** Milliseconds that never decrease, for measuring durations: the time of day can jump. */
  monotonicMs(): number;
  /** Calls `callback` after `delayMs`, unless the timer is canceled first. */
  schedule(delayMs: number, callback: () => void): Cancel;
}

/** Cancels a timer. Has no effect after the timer has fired. */
export type Cancel = () => void;

/** The system clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or as soon as the signal is aborted. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.schedule(delayMs, finish);
    signal.addEventListener('abort', finish);
  });
}
