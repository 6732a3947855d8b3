import { type LiveObject, type ReceivedObject, toLiveObject } from '../apply/live-object.ts';
import type { KindOptions } from '../apply/builtin-kinds.ts';
import type { MergeRules } from '../apply/merge-rules.ts';
import type { AppliedKind } from '../apply/write-object.ts';
import { isControlledBy, keyOf, type KubernetesObject } from '../object/object.ts';
import { Cache } from './cache.ts';

/** A cache of the objects of one kind that a controller applies, for an Applier. */
export class AppliedCache extends Cache<LiveObject> implements AppliedKind {
  readonly kind: string;
  readonly immutableFields: readonly string[];
  readonly mergeRules?: MergeRules;

  /** Reduces the managed fields to what comparisons for this field manager need. */
  constructor({ kind, resource, immutableFields = [], mergeRules }: KindOptions, fieldManager: string) {
    super(resource, { trim: (object: ReceivedObject) => toLiveObject(object, fieldManager) });
    this.kind = kind;
    this.immutableFields = immutableFields;
    if (mergeRules !== undefined) this.mergeRules = mergeRules;
  }

  /** The store of the written objects: this cache. */
  get store(): this {
    return this;
  }

  /** Returns the object with an owner's name, if the owner controls it. */
  getOwnedBy(owner: KubernetesObject): LiveObject | undefined {
    const object = this.get(keyOf(owner));
    return object !== undefined && isControlledBy(object, owner) ? object : undefined;
  }
}
