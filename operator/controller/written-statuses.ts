import { hash } from 'node:crypto';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { keyOf, type ObjectKey } from '../kube/object.ts';

interface Written {
  readonly uid: string;
  readonly generation: number;
  readonly digest: string;
}

/** Remembers the status that each resource was last given, so as to tell when it is somebody else's that it has. */
export class WrittenStatuses {
  readonly #written = new Map<ObjectKey, Written>();

  /** Notes the resource as it was answered to a write of its status. */
  note(resource: TemperatureConverter): void {
    const { uid, generation } = resource.metadata;
    this.#written.set(keyOf(resource), { uid, generation, digest: digestOf(resource) });
  }

  /**
   * Says whether somebody else has changed the status that a resource was given for its present spec; false as long as
   * it was given none.
   */
  isForeign(resource: TemperatureConverter): boolean {
    const { uid, generation } = resource.metadata;
    const written = this.#written.get(keyOf(resource));
    if (written?.uid !== uid || written.generation !== generation) return false;
    return written.digest !== digestOf(resource);
  }

  /** Forgets a resource that is gone; returns the UID that it had, if it is remembered. */
  forget(key: ObjectKey): string | undefined {
    const uid = this.#written.get(key)?.uid;
    this.#written.delete(key);
    return uid;
  }
}

/** The API server writes the fields of a resource in one order, in answers as in watches. */
function digestOf({ status }: TemperatureConverter): string {
  return hash('sha1', JSON.stringify(status ?? {}), 'base64');
}
