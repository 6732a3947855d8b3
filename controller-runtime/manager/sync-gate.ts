/**
 * Holds back the work in each scope (a namespace, or all: undefined) until its caches are complete: what a cache does not
 * have yet looks as if it were not there. A scope that cannot be listed, for want of a right, holds up no other.
 */
export class SyncGate {
  readonly #lists = new Map<string | undefined, number>();
  readonly #onOpen: (scope: string | undefined) => void;

  /** `onOpen` is called once for each scope, when its last list has come. */
  constructor(onOpen: (scope: string | undefined) => void) {
    this.#onOpen = onOpen;
  }

  /** Has a scope wait for one more list, whose promise never rejects. */
  waitFor(scope: string | undefined, listed: Promise<void>): void {
    this.#lists.set(scope, (this.#lists.get(scope) ?? 0) + 1);
    void this.#openAfter(scope, listed);
  }

  /** Says whether all lists have come that concern a namespace. */
  isOpen(namespace: string): boolean {
    return (this.#lists.get(undefined) ?? this.#lists.get(namespace)) === 0;
  }

  async #openAfter(scope: string | undefined, listed: Promise<void>): Promise<void> {
    await listed;
    const left = (this.#lists.get(scope) ?? 0) - 1;
    this.#lists.set(scope, left);
    if (left === 0) this.#onOpen(scope);
  }
}
