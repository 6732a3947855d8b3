import type { Place } from './difference.ts';
import { type Fields, isMap } from './json.ts';
import { type MergeRules, rulesOfItems } from './merge-rules.ts';
import type { OwnedIndex } from './owned-index.ts';

const NONE: readonly never[] = [];

/** Says whether each item has at least one of the keys of its list, without which an apply is refused. */
export function haveKeys(rules: MergeRules, items: readonly unknown[]): items is readonly Fields[] {
  for (const item of items) {
    if (!isMap(item) || firstKeyValue(rules, item) === undefined) return false;
  }
  return true;
}

/**
 * The index of an item with the keys of that one; -1 when there is none. The search begins at `from` and goes round, since
 * most items are where they are expected.
 */
export function indexOfItem(rules: MergeRules, items: readonly unknown[], item: Fields, from = 0): number {
  for (let step = 0; step < items.length; step++) {
    const index = (from + step) % items.length;
    const candidate = items[index];
    if (isMap(candidate) && hasSameKeys(rules, candidate, item)) return index;
  }
  return -1;
}

/** What is owned of an item; undefined when nothing is. */
export function ownedItem(rules: MergeRules, { items }: OwnedIndex, item: Fields): OwnedIndex | undefined {
  for (const { key, owned } of items.get(firstKeyValue(rules, item)) ?? NONE) {
    if (hasSameKeys(rules, key, item)) return owned;
  }
  return undefined;
}

/** The place of an item in its list. */
export function placeOfItem(rules: MergeRules, item: Fields): Place {
  const entries = (rules.keys ?? NONE).map((key) => [key, keyValue(rules, item, key)] as const);
  const key = entries.filter(([, value]) => value !== undefined);
  return {
    text: `[${key.map(([name, value]) => `${name}=${String(value)}`).join(',')}]`,
    step: `k:${JSON.stringify(Object.fromEntries(key))}`,
  };
}

/** The value of a key of an item; of one that the item leaves out, what the server fills in. */
function keyValue(rules: MergeRules, item: Fields, key: string): unknown {
  return item[key] ?? rulesOfItems(rules).fields().get(key)?.default;
}

function firstKeyValue(rules: MergeRules, item: Fields): unknown {
  for (const key of rules.keys ?? NONE) {
    const value = keyValue(rules, item, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function hasSameKeys(rules: MergeRules, one: Fields, other: Fields): boolean {
  for (const key of rules.keys ?? NONE) {
    if (keyValue(rules, one, key) !== keyValue(rules, other, key)) return false;
  }
  return true;
}
