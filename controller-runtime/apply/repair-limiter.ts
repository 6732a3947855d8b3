import type { Clock } from '../clock/clock.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

/** Four repairs of one field at once, then one every five seconds. The bucket is full again 20 s after the last one. */
const POLICY: TokenBucketPolicy = { burst: 4, refillMs: 5_000 };

/** A field whose repairs are being delayed. */
export interface ContestedField<Writer> {
  readonly field: string;
  /** The writer that had changed the field when its first repair was delayed. */
  readonly by: Writer;
  /** The milliseconds until the field no longer counts as contested, if it is not repaired again. */
  readonly remainingMs: number;
}

interface Repairs<Writer> {
  readonly bucket: TokenBucket;
  contestedBy?: Writer;
}

/**
 * Limits how often one field of one object is repaired, so that two writers that want different values do not write
 * without end. Each field has its own budget: its repairs do not delay those of other fields. A restart resets all budgets,
 * which costs one more burst.
 */
export class RepairLimiter<Writer = undefined> {
  readonly #clock: Clock;
  readonly #policy: TokenBucketPolicy;
  /** By object and field, the most recently repaired object last. */
  readonly #objects = new Map<string, Map<string, Repairs<Writer>>>();

  constructor(clock: Clock, policy: TokenBucketPolicy = POLICY) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** Returns the milliseconds until at least one of these fields may be repaired; 0 if one may be repaired now. */
  waitMs(object: string, fields: readonly string[]): number {
    const repairs = this.#repairsOf(object);
    return Math.min(...fields.map((field) => repairs?.get(field)?.bucket.waitMs ?? 0));
  }

  /** Records a repair of these fields. */
  note(object: string, fields: readonly string[]): void {
    this.#forgetOldest();
    const repairs = this.#objects.get(object) ?? new Map<string, Repairs<Writer>>();
    this.#objects.delete(object);
    this.#objects.set(object, repairs);
    for (const field of fields) {
      const known = repairs.get(field) ?? { bucket: new TokenBucket(this.#policy, this.#clock) };
      repairs.set(field, known);
      // Without a token, the field was repaired together with another one, at no extra write.
      known.bucket.take();
    }
  }

  /** Marks a field whose repair is delayed as contested. */
  contest(object: string, field: string, by: Writer): void {
    const repairs = this.#repairsOf(object)?.get(field);
    if (repairs !== undefined) repairs.contestedBy ??= by;
  }

  /** Returns a contested field of the object, or undefined if there is none. */
  contested(object: string): ContestedField<Writer> | undefined {
    for (const [field, { bucket, contestedBy }] of this.#repairsOf(object) ?? []) {
      if (contestedBy !== undefined) return { field, by: contestedBy, remainingMs: bucket.fullInMs };
    }
    return undefined;
  }

  /** Drops the repairs of an object whose desired state has changed, or which is deleted. */
  forget(object: string): void {
    this.#objects.delete(object);
  }

  /** Returns the repairs of an object that still count. */
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
