import type { Place } from './difference.ts';
import { type Fields, isMap } from './json.ts';
import { type MergeRules, rulesOfItems } from './merge-rules.ts';
import type { OwnedIndex } from './owned-index.ts';

const NONE: readonly never[] = [];

/** Returns whether each item has at least one key of its list, and keys are scalars. The API server refuses an apply otherwise. */
export function haveKeys(rules: MergeRules, items: readonly unknown[]): items is readonly Fields[] {
  for (const item of items) {
    if (!isMap(item) || firstKeyValue(rules, item) === undefined) return false;
    for (const key of rules.keys ?? []) if (typeof item[key] === 'object') return false;
  }
  return true;
}

/**
 * Returns the index of the item with the same keys as `item`, or -1. The search starts at `from` and wraps around, since
 * most items are at their expected index.
 */
export function indexOfItem(rules: MergeRules, items: readonly unknown[], item: Fields, from = 0): number {
  for (let step = 0; step < items.length; step++) {
    const index = (from + step) % items.length;
    const candidate = items[index];
    if (isMap(candidate) && hasSameKeys(rules, candidate, item)) return index;
  }
  return -1;
}

/** Returns the owned fields of an item, or undefined if none are owned. */
export function ownedItem(rules: MergeRules, { items }: OwnedIndex, item: Fields): OwnedIndex | undefined {
  for (const { key, owned } of items.get(firstKeyValue(rules, item)) ?? NONE) {
    if (hasSameKeys(rules, key, item)) return owned;
  }
  return undefined;
}

/** Returns the position of an item in its list; `at` is its index in the live list, or -1. */
export function placeOfItem(rules: MergeRules, item: Fields, at: number): Place {
  const entries = (rules.keys ?? NONE).map((key) => [key, keyValue(rules, item, key)] as const);
  const key = entries.filter(([, value]) => value !== undefined);
  return {
    text: `[${key.map(([name, value]) => `${name}=${String(value)}`).join(',')}]`,
    step: `k:${JSON.stringify(Object.fromEntries(key))}`,
    at,
  };
}

/** Returns the value of a key of an item, or the server's default if the item omits it. */
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
