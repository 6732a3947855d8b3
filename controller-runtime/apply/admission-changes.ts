import { isDeepStrictEqual } from 'node:util';
import type { Difference } from './apply-difference.ts';
import type { KubernetesObject } from '../object/object.ts';
import type { Clock } from '../clock/clock.ts';

/** No event says that a policy is gone: after this long a field that it has changed is written once more. */
const VALID_MS = 60 * 60_000;

interface Changes {
  readonly uid: string;
  readonly sinceMs: number;
  readonly differences: readonly Difference[];
}

/**
 * Remembers in which fields admission plug-ins have changed an object in this process' own write: to write them again would
 * change nothing. Lost at a restart, which costs one write for each such object.
 */
export class AdmissionChanges {
  readonly #clock: Clock;
  readonly #changes = new Map<string, Changes>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes in what the object of that name differs from what has just been written. */
  note(name: string, { metadata: { uid } }: KubernetesObject, differences: readonly Difference[]): void {
    if (differences.length === 0) this.forget(name);
    else this.#changes.set(name, { uid, sinceMs: this.#clock.monotonicMs(), differences });
  }

  /** Says whether an admission plug-in has made this difference. */
  includes(name: string, { metadata: { uid } }: KubernetesObject, { path, wanted, found }: Difference): boolean {
    const changes = this.#changes.get(name);
    if (changes?.uid !== uid || this.remainingMs(name) === 0) return false;
    return changes.differences.some(
      (known) => known.path === path && isDeepStrictEqual([known.wanted, known.found], [wanted, found]),
    );
  }

  /** How long what is known of an object still holds, in milliseconds. */
  remainingMs(name: string): number {
    const changes = this.#changes.get(name);
    return changes === undefined ? 0 : Math.max(0, changes.sinceMs + VALID_MS - this.#clock.monotonicMs());
  }

  /** Forgets an object. */
  forget(name: string): void {
    this.#changes.delete(name);
  }
}
