/**
 * Delays reconciles in each scope (a namespace, or undefined for all) until its caches have synced: in a partial cache,
 * existing objects look deleted. A scope that the operator may not list does not delay the others.
 */
export class SyncGate {
  readonly #lists = new Map<string | undefined, number>();
  readonly #onOpen: (scope: string | undefined) => void;

  /** `onOpen` is called once for each scope, when its last list is complete. */
  constructor(onOpen: (scope: string | undefined) => void) {
    this.#onOpen = onOpen;
  }

  /** Makes a scope wait for another list, whose promise never rejects. */
  waitFor(scope: string | undefined, listed: Promise<void>): void {
    this.#lists.set(scope, (this.#lists.get(scope) ?? 0) + 1);
    void this.#openAfter(scope, listed);
  }

  /** Returns whether all lists of a namespace are complete. */
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
