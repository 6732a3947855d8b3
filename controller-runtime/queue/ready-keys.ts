/** Why a key waits: something has changed, or the time has come that somebody set for it, such as the next try. */
export type Lane = 'changed' | 'due';

/** While a due key waits, it is let in after this many changed ones. */
const CHANGED_PER_DUE = 4;

/**
 * Keys that wait for a worker, each once. Those in each lane are taken in order, the changed ones first: a thousand keys
 * that fail and come due hold up no change. One in five is a due one all the same, so that they come through where
 * changes never end.
 */
export class ReadyKeys<Key> {
  // A Set keeps the order.
  readonly #changed = new Set<Key>();
  readonly #due = new Set<Key>();
  /** How many changed keys were taken in a row while a due one waited. */
  #passedOver = 0;

  get size(): number {
    return this.#changed.size + this.#due.size;
  }

  /** Adds a key to the end of a lane. A due key that has changed goes to the other; a changed one stays in its place. */
  add(key: Key, lane: Lane): void {
    if (lane === 'due') {
      if (!this.#changed.has(key)) this.#due.add(key);
      return;
    }
    this.#due.delete(key);
    this.#changed.add(key);
  }

  /** Removes and returns the key whose turn it is; undefined when none waits. */
  take(): Key | undefined {
    const isTurnOfDue = this.#changed.size === 0 || this.#passedOver >= CHANGED_PER_DUE;
    const lane = isTurnOfDue && this.#due.size > 0 ? this.#due : this.#changed;
    const [key] = lane;
    if (key === undefined) return undefined;
    lane.delete(key);
    this.#passedOver = lane === this.#changed && this.#due.size > 0 ? this.#passedOver + 1 : 0;
    return key;
  }

  clear(): void {
    this.#changed.clear();
    this.#due.clear();
  }
}
