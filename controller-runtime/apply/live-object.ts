import type { KubernetesObject, ObjectMetadata } from '../object/object.ts';
import {
  type FieldWriter,
  hasOwnUpdates,
  type ManagedFieldsEntry,
  type OwnedFields,
  otherWritersOf,
  ownedFieldsOf,
} from './owned-fields.ts';

/** An object as the server sends it. */
export interface ReceivedObject extends KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata & { readonly managedFields?: readonly ManagedFieldsEntry[] };
  readonly spec?: object;
  readonly status?: object;
}

/** An object as cached: the managed fields are reduced to what comparisons need. */
export interface LiveObject extends KubernetesObject {
  readonly spec?: object;
  readonly status?: object;
  /** The fields that this field manager's applies own; undefined if it has never applied the object. */
  readonly ownedFields?: OwnedFields;
  /** Whether this field manager also owns fields by writes other than applies. */
  readonly hasOwnUpdates?: true;
  /** The other field managers that have written to the object, latest last. */
  readonly otherWriters?: readonly FieldWriter[];
}

/**
 * Reduces the managed fields of a received object to what comparisons for this field manager need. Updates that own only
 * fields inside of `replaced`, a path in the terms of FieldsV1, do not count as updates of its own.
 */
export function toLiveObject(object: ReceivedObject, fieldManager: string, replaced?: readonly string[]): LiveObject {
  // Objects in a list have neither of these; objects of a watch have both.
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = object;
  const { managedFields = [], ...metadata } = object.metadata;
  const ownedFields = ownedFieldsOf({ managedFields }, fieldManager);
  return {
    ...fields,
    metadata,
    ...(ownedFields === undefined ? {} : { ownedFields }),
    ...(hasOwnUpdates({ managedFields }, fieldManager, replaced) ? { hasOwnUpdates: true } : {}),
    otherWriters: otherWritersOf({ managedFields }, fieldManager),
  };
}
