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

/** A state of an object, and of the resource that it was written for. */
interface State {
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
  /** What an object was like after a write of ours that did not bring it to what is desired, and when. */
  readonly #unsettled = new Map<string, State & { readonly sinceMs: number }>();

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

  /** Notes that a write left the object other than desired; returns how long another is not worth trying. */
  noteUnsettled(uid: string, state: State): number {
    this.#unsettled.set(uid, { ...state, sinceMs: this.#clock.monotonicMs() });
    return LONGEST_WAIT_MS;
  }

  /**
   * How long another write is not worth trying, in milliseconds: while the object is as the last one left it, nothing
   * tells that what stood in the way (an admission webhook) has gone, so that one is tried now and then.
   */
  unsettledMs(uid: string, state: State): number {
    const known = this.#unsettled.get(uid);
    if (known?.resourceVersion !== state.resourceVersion || known.generation !== state.generation) return 0;
    return Math.max(0, known.sinceMs + LONGEST_WAIT_MS - this.#clock.monotonicMs());
  }

  /** Forgets an object that is gone. */
  forget(uid: string): void {
    this.#repairs.delete(uid);
    this.#unsettled.delete(uid);
  }
}
