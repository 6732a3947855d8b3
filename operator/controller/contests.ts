import type { Clock } from '../runtime/clock.ts';

/** Repairs of one object that follow each other without suspicion. */
const FREE_REPAIRS = 5;
/** After this long without a repair a contest is forgotten. */
const FORGET_MS = 10 * 60_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

interface Repairs {
  count: number;
  lastMs: number;
}

/** What an object was like after a write of ours that did not bring it to what is desired. */
interface Unsettled {
  readonly resourceVersion: string;
  readonly generation: number;
}

/**
 * Remembers which children somebody else keeps changing, so that two controllers that want different things do not write
 * for ever: after a few repairs in a row each further one waits longer. Lost at a restart, which costs a few writes.
 */
export class Contests {
  readonly #clock: Clock;
  readonly #repairs = new Map<string, Repairs>();
  readonly #unsettled = new Map<string, Unsettled>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait before the object of that UID is repaired once more, in milliseconds; 0 for not at all. */
  waitMs(uid: string): number {
    const repairs = this.#repairs.get(uid);
    if (repairs === undefined) return 0;
    const sinceMs = this.#clock.monotonicMs() - repairs.lastMs;
    if (sinceMs > FORGET_MS) {
      this.#repairs.delete(uid);
      return 0;
    }
    if (repairs.count < FREE_REPAIRS) return 0;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (repairs.count - FREE_REPAIRS));
    return Math.max(0, waitMs - sinceMs);
  }

  /** Counts a repair of the object of that UID. */
  noteRepair(uid: string): void {
    const count = (this.#repairs.get(uid)?.count ?? 0) + 1;
    this.#repairs.set(uid, { count, lastMs: this.#clock.monotonicMs() });
  }

  /** Notes that a write for that generation of the resource left the object other than desired. */
  noteUnsettled(uid: string, state: Unsettled): void {
    this.#unsettled.set(uid, state);
  }

  /** Says whether the object is still as a write for that generation left it: another would change nothing. */
  isUnsettled(uid: string, state: Unsettled): boolean {
    const known = this.#unsettled.get(uid);
    return known?.resourceVersion === state.resourceVersion && known.generation === state.generation;
  }

  /** Forgets an object that is gone. */
  forget(uid: string): void {
    this.#repairs.delete(uid);
    this.#unsettled.delete(uid);
  }
}
