import type { Cancel, Clock } from '../clock/clock.ts';

/** The API server sends a watch a bookmark each minute: two that are missed, and half a minute. */
const LONGEST_SILENCE_MS = 150_000;

/**
 * Tells a watch whose connection has stalled from one that has nothing to tell: a server that sends bookmarks is never
 * silent for long. Where none have come yet nothing is assumed, and a quiet watch is left alone.
 */
export class StallDetector {
  readonly #clock: Clock;
  #isBookmarked = false;
  #cancel: Cancel = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts `watch` when nothing is heard for too long, from now or from the last call of the function that it returns. */
  guard(watch: AbortController): (isBookmark: boolean) => void {
    const listen = (): void => {
      this.release();
      if (!this.#isBookmarked) return;
      this.#cancel = this.#clock.schedule(LONGEST_SILENCE_MS, () => {
        // Should the server just have stopped sending bookmarks, the next watch is not broken off for it.
        this.#isBookmarked = false;
        watch.abort(
          new Error(`no event and no bookmark for ${LONGEST_SILENCE_MS / 1000} s: the connection has stalled`),
        );
      });
    };
    listen();
    return (isBookmark) => {
      this.#isBookmarked ||= isBookmark;
      listen();
    };
  }

  /** Aborts nothing any more. */
  release(): void {
    this.#cancel();
  }
}
