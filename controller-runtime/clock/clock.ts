/** Time as the machinery sees it; tests pass one of their own. */
export interface Clock {
  /** The time of day, for what people read. */
  now(): Date;
  /** Milliseconds that only ever grow, for measuring spans: the time of day can jump. */
  monotonicMs(): number;
  /** Calls `callback` after that many milliseconds, unless it is cancelled first. */
  schedule(delayMs: number, callback: () => void): Cancel;
}

/** Takes back what was scheduled; harmless afterwards. */
export type Cancel = () => void;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after that many milliseconds, or as soon as the signal fires; never rejects. */
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
