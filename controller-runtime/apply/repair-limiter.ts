import type { Clock } from '../clock/clock.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

/** Four repairs of one field at once, then one every five seconds; 20 s after the last one it is as if there were none. */
const POLICY: TokenBucketPolicy = { burst: 4, refillMs: 5_000 };

/** A field whose repairs are being delayed. */
export interface ContestedField<Writer> {
  readonly field: string;
  /** Who was changing it when the first of its repairs was delayed. */
  readonly by: Writer;
  /** How long it still counts as contested if it is not repaired again, in milliseconds. */
  readonly remainingMs: number;
}

interface Repairs<Writer> {
  readonly bucket: TokenBucket;
  contestedBy?: Writer;
}

/**
 * Limits how often one field of one object is repaired, so that two writers that want different values do not write
 * without end. Every field has a budget of its own: the repairs of one delay no other. What it remembers is lost at a
 * restart, which costs one more burst.
 */
export class RepairLimiter<Writer = undefined> {
  readonly #clock: Clock;
  readonly #policy: TokenBucketPolicy;
  /** By object and field; the object that was repaired last is the last. */
  readonly #objects = new Map<string, Map<string, Repairs<Writer>>>();

  constructor(clock: Clock, policy: TokenBucketPolicy = POLICY) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** How long until at least one of these fields may be repaired, in milliseconds; 0 when one may be now. */
  waitMs(object: string, fields: readonly string[]): number {
    const repairs = this.#repairsOf(object);
    return Math.min(...fields.map((field) => repairs?.get(field)?.bucket.waitMs ?? 0));
  }

  /** Counts a repair of these fields. */
  note(object: string, fields: readonly string[]): void {
    this.#forgetOldest();
    const repairs = this.#objects.get(object) ?? new Map<string, Repairs<Writer>>();
    this.#objects.delete(object);
    this.#objects.set(object, repairs);
    for (const field of fields) {
      const known = repairs.get(field) ?? { bucket: new TokenBucket(this.#policy, this.#clock) };
      repairs.set(field, known);
      // Without a token it was repaired along with another field, which costs no write more.
      known.bucket.take();
    }
  }

  /** Marks a field, a repair of which is being delayed, as contested. */
  contest(object: string, field: string, by: Writer): void {
    const repairs = this.#repairsOf(object)?.get(field);
    if (repairs !== undefined) repairs.contestedBy ??= by;
  }

  /** A contested field of the object; undefined when there is none. */
  contested(object: string): ContestedField<Writer> | undefined {
    for (const [field, { bucket, contestedBy }] of this.#repairsOf(object) ?? []) {
      if (contestedBy !== undefined) return { field, by: contestedBy, remainingMs: bucket.fullInMs };
    }
    return undefined;
  }

  /** Forgets the repairs of an object: it is wanted otherwise from now on, or is gone. */
  forget(object: string): void {
    this.#objects.delete(object);
  }

  /** The repairs of an object that still count. */
  #repairsOf(object: string): ReadonlyMap<string, Repairs<Writer>> | undefined {
    const repairs = this.#objects.get(object);
    if (repairs === undefined) return undefined;
    for (const [field, { bucket }] of repairs) {
      if (bucket.fullInMs === 0) repairs.delete(field);
    }
    if (repairs.size === 0) this.#objects.delete(object);
    return repairs;
  }

  #forgetOldest(): void {
    for (const object of this.#objects.keys()) {
      this.#repairsOf(object);
      if (this.#objects.has(object)) return;
    }
  }
}
