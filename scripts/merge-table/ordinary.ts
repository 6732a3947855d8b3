import { type FieldEntry, QUANTITY, type TypeEntry } from '../../controller-runtime/apply/merge-table.ts';

type Types = ReadonlyMap<string, TypeEntry>;

/** Selects the types that the roots need, without fields that have the default behavior, as in a merge table. */
export function leaveOutOrdinary(types: Types, roots: ReadonlySet<string>): Types {
  const special = findSpecial(types);
  const needed = new Map<string, TypeEntry>();
  const add = (name: string): void => {
    const type = types.get(name);
    if (type === undefined || needed.has(name) || !special.has(name)) return;
    const fields = Object.entries(type.fields ?? {})
      .filter(([, field]) => isSpecial(field, special))
      .map(([field, entry]) => [field, withoutOrdinaryNames(entry, special)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const { fields: _all, ...rest } = type;
    needed.set(name, { ...rest, ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }) });
    for (const [, { type: struct = '', valuesOf = '', itemsOf = '' }] of fields)
      [struct, valuesOf, itemsOf].forEach(add);
  };
  roots.forEach(add);
  return needed;
}

/** Finds the types without the default behavior, and the types that contain one. */
function findSpecial(types: Types): ReadonlySet<string> {
  const special = new Set([QUANTITY]);
  let before = 0;
  while (before < special.size) {
    before = special.size;
    for (const [name, { atomic, fields = {} }] of types) {
      if (atomic === true || Object.values(fields).some((field) => isSpecial(field, special))) special.add(name);
    }
  }
  return special;
}

function isSpecial({ type = '', itemsOf = '', ...more }: FieldEntry, special: ReadonlySet<string>): boolean {
  return Object.keys(more).length > 0 || special.has(type) || special.has(itemsOf);
}

function withoutOrdinaryNames(
  { type = '', itemsOf = '', ...more }: FieldEntry,
  special: ReadonlySet<string>,
): FieldEntry {
  return {
    ...(special.has(type) ? { type } : {}),
    ...(special.has(itemsOf) ? { itemsOf } : {}),
    ...more,
    ...(more.valuesOf === undefined || special.has(more.valuesOf) ? {} : { valuesOf: '' }),
  };
}
