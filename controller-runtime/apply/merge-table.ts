/**
 * How the API server merges and stores what is in the objects of the built-in APIs, as far as that is not ordinary. What
 * a table leaves out is ordinary: a scalar, a list that is one value, or an optional struct of ordinary fields.
 */
export interface MergeTable {
  /** The name of the type of each kind, by apiVersion and kind. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly types: Readonly<Record<string, TypeEntry>>;
}

/** A struct. */
export interface TypeEntry {
  /** The struct is one value: an apply replaces all of it. */
  readonly atomic?: true;
  readonly fields?: Readonly<Record<string, FieldEntry>>;
}

/** A field of a struct. */
export interface FieldEntry {
  /** The value is a struct of that type, or a quantity. */
  readonly type?: string;
  /** The struct is always there: to the API server, an empty one and none are the same. */
  readonly embedded?: true;
  /** The value is a map with values of that type; an empty name stands for an ordinary one. */
  readonly valuesOf?: string;
  /** The value is a list with items of that type. */
  readonly itemsOf?: string;
  /** An apply merges the list item by item: these fields tell the items apart, in the order of FieldsV1. */
  readonly keys?: readonly string[];
  /** An apply merges the list value by value. */
  readonly set?: true;
  /** The struct or map is one value, or is not, whatever its type says. */
  readonly atomic?: boolean;
  /** What the API server fills in. */
  readonly default?: unknown;
}

/** The name of the type of quantities: numbers with a unit, which the server writes in a canonical form. */
export const QUANTITY = 'Quantity';
