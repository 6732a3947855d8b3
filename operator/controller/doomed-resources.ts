import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { keyOf, type ObjectKey } from '../kube/object.ts';

/**
 * Remembers the resources in whose namespace nothing can be created any more. That is so for good: the deletion of a
 * namespace cannot be undone, and in a new one of its name a resource is a new one, of another UID.
 */
export class DoomedResources {
  readonly #uids = new Map<ObjectKey, string>();

  /** Notes that the API server has said so. */
  note(resource: TemperatureConverter): void {
    this.#uids.set(keyOf(resource), resource.metadata.uid);
  }

  /** Says whether a child of the resource need not be tried to create. */
  has(resource: TemperatureConverter): boolean {
    return this.#uids.get(keyOf(resource)) === resource.metadata.uid;
  }

  /** Forgets a resource that is gone. */
  forget(key: ObjectKey): void {
    this.#uids.delete(key);
  }
}
