import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock/clock.ts';
import { keyOf, type ObjectKey } from '../object/object.ts';
import { AdmissionChanges } from './admission-changes.ts';
import { applyChildren, type Child } from './apply-children.ts';
import type { AppliedChild } from './apply-result.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';
import { keyOfChild, nameOfChild } from './decide.ts';
import type { UnwantedChild } from './delete-unwanted.ts';
import type { Owner, OwnershipOptions } from './ownership.ts';
import { RepairLimiter } from './repair-limiter.ts';

/** The options of an applier. */
export interface ApplierOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly ownership: OwnershipOptions;
}

/** Applies the objects of owners of one kind, and records repairs and changes by admission plug-ins. */
export class Applier {
  readonly #client: KubeClient;
  readonly #ownership: OwnershipOptions;
  readonly #limiter: RepairLimiter<ConflictingWriter>;
  readonly #admission: AdmissionChanges;
  /** The kinds that were applied. */
  readonly #kinds = new Set<string>();
  /** The objects of each owner that do not have its name. */
  readonly #otherNames = new Map<ObjectKey, Set<string>>();

  constructor({ client, clock, ownership }: ApplierOptions) {
    this.#client = client;
    this.#ownership = ownership;
    this.#limiter = new RepairLimiter(clock);
    this.#admission = new AdmissionChanges(clock);
  }

  /** Makes each object as desired, all at once. Returns what became of each, in their order. See `applyChildren`. */
  async apply<Kind extends string>(
    owner: Owner,
    children: readonly (Child<Kind> | UnwantedChild<Kind>)[],
  ): Promise<readonly AppliedChild<Kind>[]> {
    this.#remember(keyOf(owner), children);
    const results = await applyChildren(owner, children, {
      client: this.#client,
      limiter: this.#limiter,
      admission: this.#admission,
      ownership: this.#ownership,
    });
    return children.flatMap((child, index) => {
      const result = results[index];
      const { name } = 'desired' in child ? child.desired.metadata : child.unwanted;
      return result === undefined ? [] : [{ kind: child.kind.kind, name, result }];
    });
  }

  /** Forgets the objects of the owner with that key, once it is deleted. */
  forget(owner: ObjectKey): void {
    const names = this.#otherNames.get(owner) ?? [];
    for (const kind of this.#kinds) this.#forgetObject(nameOfChild(kind, owner));
    for (const name of names) this.#forgetObject(name);
    this.#otherNames.delete(owner);
  }

  #forgetObject(name: string): void {
    this.#limiter.forget(name);
    this.#admission.forget(name);
  }

  #remember(owner: ObjectKey, children: readonly (Child | UnwantedChild)[]): void {
    for (const child of children) {
      const { kind } = child.kind;
      const key = keyOfChild(child);
      this.#kinds.add(kind);
      if (key === owner) continue;
      const names = this.#otherNames.get(owner) ?? new Set();
      this.#otherNames.set(owner, names.add(nameOfChild(kind, key)));
    }
  }
}
