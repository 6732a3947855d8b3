import type { Clock } from './clock.ts';

/** How much may pass: so many at once, and one more each `refillMs`. */
export interface TokenBucketPolicy {
  readonly burst: number;
  readonly refillMs: number;
}

/** A bucket that holds at most `burst` tokens, is full to begin with, and gets one back each `refillMs`. */
export class TokenBucket {
  readonly #policy: TokenBucketPolicy;
  readonly #clock: Clock;
  /** When it will be full again if nobody takes any more; where that is past, it is full. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(policy: TokenBucketPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** How long until there is a token, in milliseconds; 0 when there is one. */
  get waitMs(): number {
    return Math.max(0, this.#waitMs(this.#fullAfterOne()));
  }

  /** How long until it is full if nothing is taken, in milliseconds; 0 when it is. */
  get fullInMs(): number {
    return Math.max(0, this.#fullAtMs - this.#clock.monotonicMs());
  }

  /** Takes a token if there is one, and says whether there was. */
  take(): boolean {
    const isThere = this.waitMs === 0;
    if (isThere) this.#fullAtMs = this.#fullAfterOne();
    return isThere;
  }

  /** Takes a token, from those that are still to come if it must, and tells in how many milliseconds it will be there. */
  reserve(): number {
    this.#fullAtMs = this.#fullAfterOne();
    return Math.max(0, this.#waitMs(this.#fullAtMs));
  }

  #fullAfterOne(): number {
    return Math.max(this.#fullAtMs, this.#clock.monotonicMs()) + this.#policy.refillMs;
  }

  #waitMs(fullAtMs: number): number {
    return fullAtMs - this.#policy.burst * this.#policy.refillMs - this.#clock.monotonicMs();
  }
}
