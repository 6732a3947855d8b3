import { BUILT_IN_TYPES } from './built-in-types.ts';
import { type MergeRules, objectMergeRules, ORDINARY } from './merge-rules.ts';
import { type FieldEntry, QUANTITY } from './merge-table.ts';

/** Identifies the kind of an object. */
export interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const fieldsByType = new Map<string, ReadonlyMap<string, MergeRules>>();

/** The rules of metadata, which are the same for every kind. */
export const METADATA: MergeRules = rulesOfEntry({ type: 'meta.v1.ObjectMeta', embedded: true });

const UNKNOWN_KIND = objectMergeRules(() => new Map([['metadata', METADATA]]), ORDINARY.none);

const rulesByKind: ReadonlyMap<string, ReadonlyMap<string, MergeRules>> = new Map(
  Object.entries(BUILT_IN_TYPES.kinds).map(([apiVersion, kinds]) => [
    apiVersion,
    new Map(
      Object.entries(kinds).map(([kind, type]) => [kind, objectMergeRules(() => fieldsOfType(type), ORDINARY.maps)]),
    ),
  ]),
);

/** Returns the rules of a built-in kind. For any other kind, maps are granular and lists are atomic. */
export function mergeRulesOfKind({ apiVersion, kind }: ObjectKind): MergeRules {
  return rulesByKind.get(apiVersion)?.get(kind) ?? UNKNOWN_KIND;
}

function fieldsOfType(type: string): ReadonlyMap<string, MergeRules> {
  const known = fieldsByType.get(type);
  if (known !== undefined) return known;
  const entries = Object.entries(BUILT_IN_TYPES.types[type]?.fields ?? {});
  const fields = new Map(entries.map(([name, entry]) => [name, rulesOfEntry(entry)]));
  fieldsByType.set(type, fields);
  return fields;
}

function rulesOfEntry({
  type,
  embedded,
  valuesOf,
  itemsOf,
  keys,
  set,
  atomic,
  default: filledIn,
}: FieldEntry): MergeRules {
  const keepsEmpty = embedded === true || valuesOf !== undefined ? 'none' : 'maps';
  const rules = { ...rulesOfType(type), keepsEmpty, keys, isSet: set ?? false, default: filledIn } as const;
  return {
    ...rules,
    others: valuesOf === undefined ? rules.others : { ...rulesOfType(valuesOf), keepsEmpty: 'all' },
    items: itemsOf === undefined ? rules.items : rulesOfType(itemsOf),
    isAtomic: atomic ?? rules.isAtomic,
  };
}

function rulesOfType(type = ''): MergeRules {
  return {
    ...ORDINARY.maps,
    fields: () => fieldsOfType(type),
    others: ORDINARY.maps,
    isAtomic: BUILT_IN_TYPES.types[type]?.atomic ?? false,
    items: ORDINARY.maps,
    isQuantity: type === QUANTITY,
  };
}
