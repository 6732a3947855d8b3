/** How the API server merges and stores a value. The rules for maps, lists and scalars apply if the value is one. */
export interface MergeRules {
  /** The rules of the fields of a struct, created by the first call, since few of the built-in types are used. */
  readonly fields: () => ReadonlyMap<string, MergeRules>;
  /** The rules of all other values of a map; undefined if they are the same as these rules. */
  readonly others: MergeRules | undefined;
  /** A map is atomic: an apply replaces it as a whole. */
  readonly isAtomic: boolean;
  /** The rules of the items of a list; undefined if they are the same as these rules. */
  readonly items: MergeRules | undefined;
  /** The fields that identify the items of a list, sorted as in FieldsV1. A list without keys is atomic or a set. */
  readonly keys: readonly string[] | undefined;
  /** A list is a set: an apply merges it value by value. */
  readonly isSet: boolean;
  /** The server stores a scalar in the canonical form of a quantity. */
  readonly isQuantity: boolean;
  /** Which empty values differ from absent ones: maps only, or also lists and scalars. */
  readonly keepsEmpty: 'all' | 'maps' | 'none';
  /** The server's default: of a key of an item, and inside an atomic value. */
  readonly default: unknown;
  /** The value identifies the kind of the object and is never compared. */
  readonly isIdentity: boolean;
}

type KeepsEmpty = MergeRules['keepsEmpty'];

const NO_FIELDS: ReadonlyMap<string, MergeRules> = new Map();

/** Rules of granular maps, atomic lists and scalars, at any depth. */
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

/** Returns the rules of an object with these fields. */
export function objectMergeRules(fields: () => ReadonlyMap<string, MergeRules>, others: MergeRules): MergeRules {
  let all: ReadonlyMap<string, MergeRules> | undefined;
  return {
    ...ORDINARY.all,
    fields: () => (all ??= new Map([...fields(), ['apiVersion', IDENTITY], ['kind', IDENTITY]])),
    others,
  };
}

/** Returns the rules of a field of a struct, or of a value of a map. */
export function rulesOfField(rules: MergeRules, name: string): MergeRules {
  return rules.fields().get(name) ?? rules.others ?? rules;
}

/** Returns the rules of the items of a list. */
export function rulesOfItems(rules: MergeRules): MergeRules {
  return rules.items ?? rules;
}
