/** How the API server merges and stores a value. What it says of maps, lists and scalars holds where the value is one. */
export interface MergeRules {
  /** The rules of the fields of a struct. The first call makes them: few of the built-in types are ever used. */
  readonly fields: () => ReadonlyMap<string, MergeRules>;
  /** The rules of all other values of a map; undefined when they are these rules. */
  readonly others: MergeRules | undefined;
  /** A map is one value: an apply replaces all of it. */
  readonly isAtomic: boolean;
  /** The rules of the items of a list; undefined when they are these rules. */
  readonly items: MergeRules | undefined;
  /** The fields that tell the items of a list apart, sorted as in FieldsV1. A list without keys is one value, or a set. */
  readonly keys: readonly string[] | undefined;
  /** An apply merges a list value by value. */
  readonly isSet: boolean;
  /** The server writes a scalar in the canonical form of quantities. */
  readonly isQuantity: boolean;
  /** Which empty values are something else than none: those of maps, or those of lists and scalars too. */
  readonly keepsEmpty: 'all' | 'maps' | 'none';
  /** What the server fills in: for a key of an item, and inside of what is one value. */
  readonly default: unknown;
  /** The value says which kind of object this is: it is never compared. */
  readonly isIdentity: boolean;
}

type KeepsEmpty = MergeRules['keepsEmpty'];

const NO_FIELDS: ReadonlyMap<string, MergeRules> = new Map();

/** Rules of maps that are merged field by field, of lists that are one value, and of scalars, however deep. */
export const ORDINARY: Readonly<Record<KeepsEmpty, MergeRules>> = {
  all: ordinary('all'),
  maps: ordinary('maps'),
  none: ordinary('none'),
};

function ordinary(keepsEmpty: KeepsEmpty): MergeRules {
  return {
    fields: () => NO_FIELDS,
    others: undefined,
    isAtomic: false,
    items: undefined,
    keys: undefined,
    isSet: false,
    isQuantity: false,
    keepsEmpty,
    default: undefined,
    isIdentity: false,
  };
}

const IDENTITY: MergeRules = { ...ORDINARY.all, isIdentity: true };

/** The rules of a whole object, from those of its fields. */
export function objectMergeRules(fields: () => ReadonlyMap<string, MergeRules>, others: MergeRules): MergeRules {
  let all: ReadonlyMap<string, MergeRules> | undefined;
  return {
    ...ORDINARY.all,
    fields: () => (all ??= new Map([...fields(), ['apiVersion', IDENTITY], ['kind', IDENTITY]])),
    others,
  };
}

/** The rules of a field of a struct, or of a value of a map. */
export function rulesOfField(rules: MergeRules, name: string): MergeRules {
  return rules.fields().get(name) ?? rules.others ?? rules;
}

/** The rules of the items of a list. */
export function rulesOfItems(rules: MergeRules): MergeRules {
  return rules.items ?? rules;
}
