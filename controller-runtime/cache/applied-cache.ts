import { type LiveObject, type ReceivedObject, toLiveObject } from '../apply/live-object.ts';
import type { KindOptions } from '../apply/builtin-kinds.ts';
import type { MergeRules } from '../apply/merge-rules.ts';
import type { AppliedKind } from '../apply/write-object.ts';
import { isControlledBy, keyOf, type KubernetesObject } from '../object/object.ts';
import { Cache } from './cache.ts';

/** A cache of the objects of one kind that a controller applies, as an Applier takes it. */
export class AppliedCache extends Cache<LiveObject> implements AppliedKind {
  readonly kind: string;
  readonly immutableFields: readonly string[];
  readonly mergeRules?: MergeRules;

  /** Keeps of the managed fields what comparisons under that field manager need. */
  constructor({ kind, resource, immutableFields = [], mergeRules }: KindOptions, fieldManager: string) {
    super(resource, { trim: (object: ReceivedObject) => toLiveObject(object, fieldManager) });
    this.kind = kind;
    this.immutableFields = immutableFields;
    if (mergeRules !== undefined) this.mergeRules = mergeRules;
  }

  /** Where the written objects go: this very cache. */
  get store(): this {
    return this;
  }

  /** The object of an owner's name, if the owner controls it. */
  getOwnedBy(owner: KubernetesObject): LiveObject | undefined {
    const object = this.get(keyOf(owner));
    return object !== undefined && isControlledBy(object, owner) ? object : undefined;
  }
}
