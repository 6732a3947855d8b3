import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { keyOf, type ObjectKey } from '../kube/object.ts';
import type { Clock } from '../runtime/clock.ts';

/** How long a refusal is believed: of several API servers one can be late to hear of a new namespace of an old name. */
const BELIEVED_MS = 5 * 60_000;

interface Refusal {
  readonly uid: string;
  readonly atMs: number;
}

/**
 * Remembers the resources in whose namespace nothing can be created any more. The deletion of a namespace cannot be
 * undone, and in a new one of its name a resource is a new one, of another UID.
 */
export class DoomedResources {
  readonly #clock: Clock;
  readonly #refusals = new Map<ObjectKey, Refusal>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that the API server has refused to create a child, since the namespace is being deleted. */
  note(resource: TemperatureConverter): void {
    this.#refusals.set(keyOf(resource), { uid: resource.metadata.uid, atMs: this.#clock.monotonicMs() });
  }

  /** How long it is of no use to create a child of the resource, in milliseconds; 0 for not at all. */
  waitMs(resource: TemperatureConverter): number {
    const refusal = this.#refusals.get(keyOf(resource));
    if (refusal?.uid !== resource.metadata.uid) return 0;
    return Math.max(0, refusal.atMs + BELIEVED_MS - this.#clock.monotonicMs());
  }

  /** Forgets a resource that is gone. */
  forget(key: ObjectKey): void {
    this.#refusals.delete(key);
  }
}
