import type { ChildResult } from '../domain/child-result.ts';
import type { OwnedFields } from '../kube/owned-fields.ts';
import type { Clock } from '../runtime/clock.ts';

/** Repairs of one object that follow each other without suspicion. */
const FREE_REPAIRS = 5;
/** After this long without a repair a contest is forgotten. */
const FORGET_MS = 10 * 60_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/** A repair of a child. */
export interface Repair {
  /** What is told of it while it is contested. */
  readonly contested: ChildResult;
  /** What our applies owned in the child after it. */
  readonly ownedFields: OwnedFields | undefined;
  /** Whether it brought the child to what is desired. */
  readonly isSettled: boolean;
}

interface Repairs {
  readonly count: number;
  readonly lastMs: number;
  readonly last?: Repair | undefined;
  /** The spec that a child was written for before them. */
  readonly generation?: number | undefined;
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
    return this.#remainingMs(uid, 0);
  }

  /**
   * What is still told of a child that is as desired, and for how long: one whose repair had to wait counts as contested
   * until the next repair could have been. Else each repair would change the status twice. A rival who waits as we do
   * strikes at the end of that time, hence a little more.
   */
  lingering(uid: string): { readonly contested: ChildResult; readonly ms: number } | undefined {
    const { count = 0, last } = this.#repairsOf(uid) ?? {};
    if (last === undefined || count <= FREE_REPAIRS) return undefined;
    const ms = this.#remainingMs(uid, FIRST_WAIT_MS);
    return ms === 0 ? undefined : { contested: last.contested, ms };
  }

  /** The last repair of the child of that UID, as long as it is remembered. */
  lastRepair(uid: string): Repair | undefined {
    return this.#repairsOf(uid)?.last;
  }

  /** Counts a repair of the object of that UID. */
  noteRepair(uid: string, last?: Repair): void {
    const { count = 0, generation } = this.#repairsOf(uid) ?? {};
    this.#remember(uid, { count: count + 1, last, generation });
  }

  /** Notes that the child of that UID was written for a new spec, with which any contest begins anew. */
  noteUpdate(uid: string, generation: number): void {
    this.#unsettled.delete(uid);
    this.#remember(uid, { count: 0, generation });
  }

  /** Says whether the child of that UID was written for that spec lately: then another write of it is a repair. */
  isWrittenFor(uid: string, generation: number): boolean {
    return this.#repairsOf(uid)?.generation === generation;
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

  /** How much is left of the wait before the next repair, and of so much more. */
  #remainingMs(uid: string, moreMs: number): number {
    const repairs = this.#repairsOf(uid);
    if (repairs === undefined || repairs.count < FREE_REPAIRS) return 0;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (repairs.count - FREE_REPAIRS));
    return Math.max(0, repairs.lastMs + waitMs + moreMs - this.#clock.monotonicMs());
  }

  #remember(uid: string, repairs: Omit<Repairs, 'lastMs'>): void {
    this.#repairs.delete(uid);
    this.#repairs.set(uid, { ...repairs, lastMs: this.#clock.monotonicMs() });
  }

  /** What is remembered of an object, after dropping all that is forgotten by now: the first was repaired the longest ago. */
  #repairsOf(uid: string): Repairs | undefined {
    const nowMs = this.#clock.monotonicMs();
    for (const [oldest, { lastMs }] of this.#repairs) {
      if (nowMs - lastMs <= FORGET_MS) break;
      this.#repairs.delete(oldest);
    }
    return this.#repairs.get(uid);
  }
}
