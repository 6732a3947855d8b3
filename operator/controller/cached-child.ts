import type { ManagedFieldsEntry, ObjectMeta } from '../api/object-meta.ts';
import { KIND } from '../api/temperature-converter.ts';
import { controllerOf } from '../domain/child.ts';
import type { ObservedCondition } from '../domain/observation.ts';
import type { KubernetesObject } from '../kube/object.ts';
import { hasOwnUpdates, type OwnedFields, otherManagersOf, ownedFieldsOf } from '../kube/owned-fields.ts';

/** Metadata as it comes from the server; what the cache keeps of it lacks the managed fields. */
export type CachedMetadata = Partial<Omit<ObjectMeta, 'managedFields'>> &
  Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'resourceVersion'>;

/**
 * What the cache keeps of a Deployment, Service or autoscaler. Of one that no TemperatureConverter controls there is
 * only the name: its sole use is to stand in the way.
 */
export interface CachedChild extends KubernetesObject {
  readonly metadata: CachedMetadata;
  readonly spec?: object;
  readonly status?: object;
  /** The fields that our own applies own. */
  readonly ownedFields?: OwnedFields;
  /** Writes of ours that were no applies own fields too. */
  readonly hasOwnUpdates?: true;
  /** The other field managers that wrote to it, the latest last. */
  readonly otherManagers?: readonly string[];
}

/** An object as the server sends it. */
export interface ReceivedObject extends KubernetesObject {
  readonly metadata: CachedMetadata & { readonly managedFields?: readonly ManagedFieldsEntry[] };
  readonly spec?: object;
  readonly status?: object;
}

/** Cuts a received child down to what the cache keeps; `trimStatus` picks what is read of the status. */
export function trimChild(object: ReceivedObject, trimStatus: (status: object) => object): CachedChild {
  const { managedFields, ...metadata } = object.metadata;
  if (controllerOf({ metadata })?.kind !== KIND) return { metadata: stubOf(metadata) };
  const ownedFields = ownedFieldsOf({ managedFields: managedFields ?? [] });
  return {
    metadata,
    ...(object.spec === undefined ? {} : { spec: object.spec }),
    ...(object.status === undefined ? {} : { status: trimStatus(object.status) }),
    ...(ownedFields === undefined ? {} : { ownedFields }),
    ...(hasOwnUpdates({ managedFields: managedFields ?? [] }) ? { hasOwnUpdates: true } : {}),
    otherManagers: otherManagersOf({ managedFields: managedFields ?? [] }),
  };
}

function stubOf({ name, namespace, uid, resourceVersion, ownerReferences }: CachedMetadata): CachedMetadata {
  return { name, namespace, uid, resourceVersion, ...(ownerReferences === undefined ? {} : { ownerReferences }) };
}

/** Keeps a status' conditions, without their times, and the fields of those names. */
export function pickStatus(...names: readonly string[]): (status: object) => object {
  return (status) => {
    // SAFETY: a status is a JSON object, and `conditions` has one form in every kind.
    const fields = status as Readonly<Record<string, unknown>> & { conditions?: readonly ObservedCondition[] };
    const picked = names.filter((name) => name in fields).map((name) => [name, fields[name]] as const);
    const conditions = fields.conditions?.map(trimCondition);
    return { ...Object.fromEntries(picked), ...(conditions === undefined ? {} : { conditions }) };
  };
}

function trimCondition({ type, status, reason, message }: ObservedCondition): ObservedCondition {
  return {
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}
