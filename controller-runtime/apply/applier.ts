import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock/clock.ts';
import type { ObjectKey } from '../object/object.ts';
import { AdmissionChanges } from './admission-changes.ts';
import { applyChildren, type Child, nameOfChild } from './apply-children.ts';
import type { ApplyResult } from './apply-result.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';
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

  constructor({ client, clock, ownership }: ApplierOptions) {
    this.#client = client;
    this.#ownership = ownership;
    this.#limiter = new RepairLimiter(clock);
    this.#admission = new AdmissionChanges(clock);
  }

  /** Applies the desired objects concurrently. Resolves to the result of each, in the same order. See `applyChildren`. */
  apply(owner: Owner, children: readonly Child[]): Promise<readonly ApplyResult[]> {
    return applyChildren(owner, children, {
      client: this.#client,
      limiter: this.#limiter,
      admission: this.#admission,
      ownership: this.#ownership,
    });
  }

  /** Drops the records of the object of this kind and key, once its owner is deleted. */
  forget(kind: string, key: ObjectKey): void {
    const name = nameOfChild(kind, key);
    this.#limiter.forget(name);
    this.#admission.forget(name);
  }
}
