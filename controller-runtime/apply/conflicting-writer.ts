import type { Difference } from './apply-difference.ts';
import { type FieldWriter, type OwnedFields, ownsField } from './owned-fields.ts';

/**
 * The writer that changed a field of an applied object: another field manager; another process with the same
 * field manager; or unknown when the field has no owner, as after its removal.
 */
export type ConflictingWriter =
  { readonly type: 'manager'; readonly name: string } | { readonly type: 'sameManager' } | { readonly type: 'unknown' };

/** Determines from the managed fields of an object which writer caused a difference. */
export function findConflictingWriter(
  {
    ownedFields,
    otherWriters = [],
  }: { readonly ownedFields?: OwnedFields; readonly otherWriters?: readonly FieldWriter[] },
  { steps }: Difference,
): ConflictingWriter {
  if (steps.length === 0) return { type: 'unknown' };
  const owner = otherWriters.findLast(({ fields }) => ownsField(fields, steps));
  if (owner !== undefined) return { type: 'manager', name: owner.manager };
  if (ownsField(ownedFields, steps)) return { type: 'sameManager' };
  const renamer = otherWriters.findLast(({ fields }) => ownsSibling(fields, steps));
  return renamer === undefined ? { type: 'unknown' } : { type: 'manager', name: renamer.manager };
}

/** A manager that changes the key of an item in a keyed list then owns an item with another key. */
function ownsSibling(fields: OwnedFields, steps: readonly string[]): boolean {
  if (steps.at(-1)?.startsWith('k:') !== true) return false;
  let list: OwnedFields | undefined = fields;
  for (const step of steps.slice(0, -1)) list = list?.[step];
  return list !== undefined && Object.keys(list).some((step) => step.startsWith('k:'));
}
