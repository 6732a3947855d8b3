import type { Difference } from '../../controller-runtime/apply/apply-difference.ts';
import { findConflictingWriter } from '../../controller-runtime/apply/conflicting-writer.ts';
import type { LiveObject, ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { type ManagedFieldsEntry, type OwnedFields, ownsField } from '../../controller-runtime/apply/owned-fields.ts';
import { FIELD_MANAGER } from '../children/labels.ts';
import type { FieldOrigin } from './converter-plan.ts';

/** The entry of managedFields as the API server sends it. */
type TimedEntry = ManagedFieldsEntry & { readonly time?: string };

/** Returns who set the present value of a field, and when; undefined if no manager owns the field. */
export function findOrigin(object: ReceivedObject, live: LiveObject, difference: Difference): FieldOrigin | undefined {
  const writer = findConflictingWriter(live, difference);
  if (writer.type === 'unknown') return undefined;
  const manager = writer.type === 'manager' ? writer.name : FIELD_MANAGER;
  const entries: readonly TimedEntry[] = (object.metadata.managedFields ?? []).filter(
    (entry) => entry.manager === manager && (entry.subresource ?? '') === '',
  );
  // SAFETY: FieldsV1 is nested objects only.
  const owns = ({ fieldsV1 }: TimedEntry): boolean => ownsField(fieldsV1 as OwnedFields | undefined, difference.steps);
  const entry = entries.findLast(owns) ?? entries.at(-1);
  if (entry === undefined) return undefined;
  const { operation = '', time } = entry;
  return { manager, operation, ...(time === undefined ? {} : { time }) };
}
