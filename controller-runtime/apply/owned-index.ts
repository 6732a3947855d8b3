import type { OwnedFields } from './owned-fields.ts';

/** The fields that a manager owns in a value, for lookups that allocate nothing. */
export interface OwnedIndex {
  readonly fields: ReadonlyMap<string, OwnedIndex>;
  readonly names: readonly string[];
  /** The items of a keyed list, by the value of their first key. */
  readonly items: ReadonlyMap<unknown, readonly OwnedItem[]>;
  /** The values of a set. */
  readonly values: ReadonlySet<unknown>;
}

/** An item of a keyed list. */
export interface OwnedItem {
  readonly key: Readonly<Record<string, unknown>>;
  readonly owned: OwnedIndex;
}

const LEAF: OwnedIndex = { fields: new Map(), names: [], items: new Map(), values: new Set() };

/** Objects with the same owned fields share one set, and so one index. */
const indexes = new WeakMap<OwnedFields, OwnedIndex>();

/** Returns the index of a set of owned fields, which is built once. */
export function indexOwnedFields(owned: OwnedFields): OwnedIndex {
  const known = indexes.get(owned);
  if (known !== undefined) return known;
  const index = buildIndex(owned);
  indexes.set(owned, index);
  return index;
}

function buildIndex(owned: OwnedFields): OwnedIndex {
  const steps = Object.entries(owned);
  if (steps.length === 0) return LEAF;
  const fields = new Map<string, OwnedIndex>();
  const items = new Map<unknown, OwnedItem[]>();
  const values = new Set<unknown>();
  for (const [step, inside] of steps) {
    const text = step.slice(2);
    if (step.startsWith('f:')) fields.set(text, buildIndex(inside));
    else if (step.startsWith('v:')) values.add(JSON.parse(text));
    else if (step.startsWith('k:')) addItem(items, text, buildIndex(inside));
  }
  return { fields, names: [...fields.keys()], items, values };
}

function addItem(items: Map<unknown, OwnedItem[]>, text: string, owned: OwnedIndex): void {
  // SAFETY: FieldsV1 identifies an item by an object of its keys.
  const key = JSON.parse(text) as OwnedItem['key'];
  const [first] = Object.values(key);
  items.set(first, [...(items.get(first) ?? []), { key, owned }]);
}
