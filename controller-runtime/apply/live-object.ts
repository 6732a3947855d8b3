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

/** An object as a cache keeps it: in place of the managed fields what comparisons need of them. */
export interface LiveObject extends KubernetesObject {
  readonly spec?: object;
  readonly status?: object;
  /** The fields that this field manager's applies own; undefined when it has applied none. */
  readonly ownedFields?: OwnedFields;
  /** This field manager owns fields through writes that were no applies, too. */
  readonly hasOwnUpdates?: true;
  /** The other field managers that have written to it, the latest last. */
  readonly otherWriters?: readonly FieldWriter[];
}

/** Replaces the managed fields of a received object by what comparisons under that field manager need of them. */
export function toLiveObject(object: ReceivedObject, fieldManager: string): LiveObject {
  // The objects of a list have neither of these; those of a watch have both.
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = object;
  const { managedFields = [], ...metadata } = object.metadata;
  const ownedFields = ownedFieldsOf({ managedFields }, fieldManager);
  return {
    ...fields,
    metadata,
    ...(ownedFields === undefined ? {} : { ownedFields }),
    ...(hasOwnUpdates({ managedFields }, fieldManager) ? { hasOwnUpdates: true } : {}),
    otherWriters: otherWritersOf({ managedFields }, fieldManager),
  };
}
