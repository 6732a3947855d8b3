import { type BackoffPolicy, computeBackoffMs, type Random } from '../../controller-runtime/clock/backoff.ts';
import type { Clock } from '../../controller-runtime/clock/clock.ts';
import { keyOf, type KubernetesObject, type ObjectKey } from '../../controller-runtime/object/object.ts';

interface Refused {
  readonly uid: string;
  readonly generation: number | undefined;
  readonly refusals: number;
  readonly untilMs: number;
}

/** The resources whose status the API server refuses, and when to write each again: not at every change of a pod. */
export class RefusedStatuses {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #refused = new Map<ObjectKey, Refused>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns the milliseconds until the status may be written: 0 at once for a new generation. */
  waitMs(resource: KubernetesObject): number {
    return Math.max(0, (this.#find(resource)?.untilMs ?? 0) - this.#clock.monotonicMs());
  }

  /** Records a refusal, and returns the milliseconds until the next write. */
  note(resource: KubernetesObject, policy: BackoffPolicy): number {
    const { uid, generation } = resource.metadata;
    const refusals = (this.#find(resource)?.refusals ?? 0) + 1;
    const delayMs = computeBackoffMs(policy, refusals, this.#random);
    const untilMs = this.#clock.monotonicMs() + delayMs;
    this.#refused.set(keyOf(resource), { uid, generation, refusals, untilMs });
    return delayMs;
  }

  /** Forgets the refusals of a resource whose status is stored, or that is deleted. */
  forget(key: ObjectKey): void {
    this.#refused.delete(key);
  }

  #find({ metadata }: KubernetesObject): Refused | undefined {
    const refused = this.#refused.get(keyOf({ metadata }));
    return refused?.uid === metadata.uid && refused.generation === metadata.generation ? refused : undefined;
  }
}
