import type { Clock } from './clock.ts';

/** A rate limit: `burst` tokens at once, and one more every `refillMs`. */
export interface TokenBucketPolicy {
  readonly burst: number;
  readonly refillMs: number;
}

/** A bucket that holds at most `burst` tokens, starts full, and is refilled with one token every `refillMs`. */
export class TokenBucket {
  readonly #policy: TokenBucketPolicy;
  readonly #clock: Clock;
  /** When the bucket is full again if no more tokens are taken. In the past if the bucket is full. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(policy: TokenBucketPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** The milliseconds until a token is available; 0 if one is available now. */
  get waitMs(): number {
    return Math.max(0, this.#waitMs(this.#fullAfterOne()));
  }

  /** The milliseconds until the bucket is full if no more tokens are taken; 0 if it is full now. */
  get fullInMs(): number {
    return Math.max(0, this.#fullAtMs - this.#clock.monotonicMs());
  }

  /** Takes a token if one is available. Returns whether it took one. */
  take(): boolean {
    const isAvailable = this.waitMs === 0;
    if (isAvailable) this.#fullAtMs = this.#fullAfterOne();
    return isAvailable;
  }

  /** Takes a token, a future one if none is available. Returns the milliseconds until the token is available. */
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
