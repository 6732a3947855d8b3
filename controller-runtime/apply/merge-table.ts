/**
 * How the API server merges and stores the fields of the built-in kinds. The table omits fields with the default
 * behavior: scalars, atomic lists, and optional structs of such fields.
 */
export interface MergeTable {
  /** The name of the type of each kind, by apiVersion and kind. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly types: Readonly<Record<string, TypeEntry>>;
}

/** A struct. */
export interface TypeEntry {
  /** The struct is atomic: an apply replaces it as a whole. */
  readonly atomic?: true;
  readonly fields?: Readonly<Record<string, FieldEntry>>;
}

/** A field of a struct. */
export interface FieldEntry {
  /** The value is a struct of this type, or a quantity. */
  readonly type?: string;
  /** The struct is always present: the API server does not distinguish an empty one from an absent one. */
  readonly embedded?: true;
  /** The value is a map with values of this type; an empty name stands for a type with the default behavior. */
  readonly valuesOf?: string;
  /** The value is a list with items of this type. */
  readonly itemsOf?: string;
  /** An apply merges the list item by item: these fields identify the items, in the order of FieldsV1. */
  readonly keys?: readonly string[];
  /** An apply merges the list value by value. */
  readonly set?: true;
  /** Overrides whether the struct or map is atomic by its type. */
  readonly atomic?: boolean;
  /** The API server's default. */
  readonly default?: unknown;
}

/** The name of the type of quantities: numbers with a unit, which the server stores in a canonical form. */
export const QUANTITY = 'Quantity';
