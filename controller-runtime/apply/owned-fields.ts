/**
 * The fields that one manager owns, in the form of metadata.managedFields (FieldsV1): `f:NAME` for a field, `k:{...}`
 * for an item of a keyed list, `v:...` for a member of a set, `.` for the field or item itself.
 */
export interface OwnedFields {
  readonly [step: string]: OwnedFields;
}

/** The part of an entry of metadata.managedFields that is read. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: unknown;
}

interface ManagedFields {
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/**
 * Objects of one kind that one manager applies have the same owned fields, except for the UID of the owner, so each distinct
 * set is stored once. There are few, one per shape of a spec; the bound is only a safeguard.
 */
const interned = new Map<string, OwnedFields>();
const INTERNED_AT_MOST = 1000;

/** Returns the fields that a manager's applies own in an object, or undefined if it has never applied the object. */
export function ownedFieldsOf(metadata: ManagedFields, fieldManager: string): OwnedFields | undefined {
  const ours = metadata.managedFields?.find((entry) => isOwnApply(entry, fieldManager));
  return ours === undefined ? undefined : intern(withoutOwnerReferences(ours.fieldsV1));
}

/**
 * Returns whether a manager owns fields of an object by a write other than an apply. An apply does not remove this
 * ownership, even of the same manager: such a field would stay forever once it is no longer desired. Writes that own only fields inside of the path `except` do not count.
 */
export function hasOwnUpdates(metadata: ManagedFields, fieldManager: string, except?: readonly string[]): boolean {
  const updates = (metadata.managedFields ?? []).filter((entry) => isOwnUpdate(entry, fieldManager));
  return updates.some(({ fieldsV1 }) => except === undefined || !isWithin(asOwnedFields(fieldsV1), except));
}

/** Returns whether all fields of a set are inside of the field at this path. */
function isWithin(fields: OwnedFields, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  const inside = fields[step];
  return inside !== undefined && Object.keys(fields).length === 1 && isWithin(inside, rest);
}

/** The managed fields of an object, in which the manager's applies own also what those writes own. */
export function withOwnUpdatesApplied(
  managedFields: readonly ManagedFieldsEntry[],
  fieldManager: string,
): readonly ManagedFieldsEntry[] {
  const updates = managedFields.filter((entry) => isOwnUpdate(entry, fieldManager));
  const others = managedFields.filter((entry) => !isOwnUpdate(entry, fieldManager));
  const applied = others.find((entry) => isOwnApply(entry, fieldManager)) ?? updates[0];
  if (applied === undefined) return managedFields;
  const fieldsV1 = [applied, ...updates].map((entry) => asOwnedFields(entry.fieldsV1)).reduce(joinFields);
  return [...others.filter((entry) => entry !== applied), { ...applied, operation: 'Apply', fieldsV1 }];
}

function joinFields(first: OwnedFields, second: OwnedFields): OwnedFields {
  const steps = Object.keys({ ...first, ...second });
  return Object.fromEntries(steps.map((step) => [step, joinFields(first[step] ?? {}, second[step] ?? {})]));
}

function asOwnedFields(fieldsV1: unknown): OwnedFields {
  // SAFETY: the API server wrote it as FieldsV1, which is nested objects alone.
  return (fieldsV1 ?? {}) as OwnedFields;
}

function isOwnApply({ manager, operation, subresource = '' }: ManagedFieldsEntry, fieldManager: string): boolean {
  return manager === fieldManager && operation === 'Apply' && subresource === '';
}

function isOwnUpdate({ manager, operation, subresource = '' }: ManagedFieldsEntry, fieldManager: string): boolean {
  return manager === fieldManager && operation === 'Update' && subresource === '';
}

/** A field manager, and the fields of an object that its writes own. */
export interface FieldWriter {
  readonly manager: string;
  readonly fields: OwnedFields;
}

/** Returns the other managers that have written to an object, except to its subresources, latest last. */
export function otherWritersOf(metadata: ManagedFields, fieldManager: string): readonly FieldWriter[] {
  const others = (metadata.managedFields ?? []).filter(
    (entry) => entry.manager !== fieldManager && (entry.subresource ?? '') === '',
  );
  return others.map(({ manager = '', fieldsV1 }) => ({ manager, fields: intern(withoutOwnerReferences(fieldsV1)) }));
}

/** Returns whether a set of fields contains the field at this path, or an atomic value around it. */
export function ownsField(fields: OwnedFields | undefined, steps: readonly string[]): boolean {
  let owned = fields;
  for (const step of steps) {
    const inside: OwnedFields | undefined = owned?.[step];
    if (inside === undefined) return owned !== undefined && owned !== fields && Object.keys(owned).length === 0;
    owned = inside;
  }
  return owned !== undefined;
}

function withoutOwnerReferences(fields: unknown): string {
  // Not removed completely: an enclosing empty set would look like the owner of everything inside it.
  return JSON.stringify(fields ?? {}, (step, value: unknown) => (step === 'f:ownerReferences' ? { '.': {} } : value));
}

function intern(text: string): OwnedFields {
  const known = interned.get(text);
  if (known !== undefined) return known;
  if (interned.size >= INTERNED_AT_MOST) interned.clear();
  // SAFETY: the text is FieldsV1 from the API server, which consists of nested objects only.
  const fields = JSON.parse(text) as OwnedFields;
  interned.set(text, fields);
  return fields;
}
