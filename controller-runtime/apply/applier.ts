import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock/clock.ts';
import type { ObjectKey } from '../object/object.ts';
import { AdmissionChanges } from './admission-changes.ts';
import { applyChildren, type Child, nameOfChild } from './apply-children.ts';
import type { ApplyResult } from './apply-result.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';
import type { UnwantedChild } from './delete-unwanted.ts';
import type { Owner, OwnershipOptions } from './ownership.ts';
import { RepairLimiter } from './repair-limiter.ts';

/** What an applier needs. */
export interface ApplierOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly ownership: OwnershipOptions;
}

/** Applies the objects of owners of one kind, and remembers what was repaired and what admission plug-ins changed. */
export class Applier {
  readonly #client: KubeClient;
  readonly #ownership: OwnershipOptions;
  readonly #limiter: RepairLimiter<ConflictingWriter>;
  readonly #admission: AdmissionChanges;

  constructor({ client, clock, ownership }: ApplierOptions) {
    this.#client = client;
    this.#ownership = ownership;
    this.#limiter = new RepairLimiter(clock);
    this.#admission = new AdmissionChanges(clock);
  }

  /** Makes each object as desired, all at once; gives what became of each, in their order. See `applyChildren`. */
  apply(owner: Owner, children: readonly (Child | UnwantedChild)[]): Promise<readonly ApplyResult[]> {
    return applyChildren(owner, children, {
      client: this.#client,
      limiter: this.#limiter,
      admission: this.#admission,
      ownership: this.#ownership,
    });
  }

  /** Forgets the object of that kind and key, once its owner is gone. */
  forget(kind: string, key: ObjectKey): void {
    const name = nameOfChild(kind, key);
    this.#limiter.forget(name);
    this.#admission.forget(name);
  }
}
