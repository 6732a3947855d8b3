import { mergeRulesOfKind, type ObjectKind } from './built-in-merge-rules.ts';
import { type Difference, differenceOf, inside, join, mismatch, type Mismatches, type Place } from './difference.ts';
import { haveKeys, indexOfItem, ownedItem, placeOfItem } from './item-key.ts';
import { fieldOf, type Fields, isMap } from './json.ts';
import { type MergeRules, rulesOfField, rulesOfItems } from './merge-rules.ts';
import type { OwnedFields } from './owned-fields.ts';
import { indexOwnedFields, type OwnedIndex } from './owned-index.ts';
import { isSameQuantity } from './quantity.ts';

export type { Difference } from './difference.ts';

type List = readonly unknown[];

/** Ownership inside an atomic value: its manager owns everything in it. */
const ALL = Symbol('all');
type Owned = OwnedIndex | typeof ALL | undefined;

const NO_FIELDS: Fields = {};
const NO_DIFFERENCES: readonly Difference[] = [];

/**
 * Returns what a server-side apply of `desired` would change in `live`: each field that is missing or has another value, and
 * each field that the earlier applies own (`owned`) and that is no longer desired. Fields of other managers and the server's
 * defaults are not differences. The rules of a custom kind come from its schema (mergeRulesOfSchema).
 */
export function differences(
  desired: ObjectKind,
  live: object,
  owned: OwnedFields | undefined,
  rules: MergeRules = mergeRulesOfKind(desired),
): readonly Difference[] {
  return findMismatches(desired, live, owned, rules)?.map(differenceOf) ?? NO_DIFFERENCES;
}

/** Finds the differences, each with the place of the field in the live object. */
export function findMismatches(
  desired: ObjectKind,
  live: object,
  owned: OwnedFields | undefined,
  rules: MergeRules = mergeRulesOfKind(desired),
): Mismatches {
  const index = owned === undefined ? undefined : indexOwnedFields(owned);
  // SAFETY: both are JSON objects.
  return compareMaps(rules, desired as unknown as Fields, live as Fields, index);
}

function compareMaps(rules: MergeRules, desired: Fields, live: Fields, owned: Owned): Mismatches {
  let differing: Mismatches;
  for (const name in desired) {
    const wanted = desired[name];
    // Nearly every field is as desired: looking up its rules would cost time.
    if (wanted === live[name] || wanted === undefined) continue;
    const ofField = rulesOfField(rules, name);
    if (ofField.isIdentity) continue;
    const inField = compareValues(ofField, wanted, fieldOf(live, name), ownedField(owned, name));
    if (inField !== undefined) differing = join(differing, inside(placeOfField(name, owned), inField));
  }
  if (owned === undefined) return differing;
  return join(differing, owned === ALL ? findSurplus(rules, desired, live) : findReleased(rules, desired, live, owned));
}

/** Finds the fields of an atomic live map that are not desired. */
function findSurplus(rules: MergeRules, desired: Fields, live: Fields): Mismatches {
  let surplus: Mismatches;
  for (const name in live) {
    if (!isAbsent(fieldOf(desired, name)) || isFilledIn(rulesOfField(rules, name), live[name])) continue;
    surplus = join(surplus, inside(placeOfField(name, ALL), mismatch(undefined, live[name])));
  }
  return surplus;
}

/** Finds the fields of a live map that the earlier applies own and that are no longer desired. */
function findReleased(rules: MergeRules, desired: Fields, live: Fields, owned: OwnedIndex): Mismatches {
  let released: Mismatches;
  for (const name of owned.names) {
    if (fieldOf(desired, name) !== undefined || isNothing(rulesOfField(rules, name), fieldOf(live, name))) continue;
    released = join(released, inside(placeOfField(name, owned), mismatch(undefined, live[name])));
  }
  return released;
}

function compareValues(rules: MergeRules, wanted: unknown, found: unknown, owned: Owned): Mismatches {
  if (isNothing(rules, found)) return isDropped(rules, wanted, owned) ? undefined : mismatch(wanted, undefined);
  if (isMap(wanted) && isMap(found)) return compareMaps(rules, wanted, found, rules.isAtomic ? ALL : owned);
  if (Array.isArray(wanted) && Array.isArray(found)) return compareLists(rules, wanted, found, owned);
  return isSameScalar(rules, wanted, found) ? undefined : mismatch(wanted, found);
}

function isSameScalar(rules: MergeRules, wanted: unknown, found: unknown): boolean {
  return wanted === found || (rules.isQuantity && isSameQuantity(wanted, found));
}

/** Returns whether an absent value is no difference: the server drops most empty values. */
function isDropped(rules: MergeRules, wanted: unknown, owned: Owned): boolean {
  if (isAbsent(wanted)) return true;
  if (keepsEmpty(rules, wanted)) return false;
  if (Array.isArray(wanted)) return wanted.length === 0;
  if (isMap(wanted)) return compareMaps(rules, wanted, NO_FIELDS, owned) === undefined;
  if (owned === ALL) return wanted === '';
  // A manager that removes a field also takes its ownership. A field that we still own was dropped when we applied it.
  return owned !== undefined && (wanted === '' || wanted === 0 || wanted === false);
}

/** Returns whether an undesired field inside an atomic value has the server's default. */
function isFilledIn(rules: MergeRules, found: unknown): boolean {
  if (isNothing(rules, found) || (found === '' && rules.keepsEmpty !== 'all')) return true;
  const filledIn = rules.default ?? (isMap(found) && !keepsEmpty(rules, found) ? NO_FIELDS : undefined);
  return filledIn !== undefined && compareValues(rules, filledIn, found, ALL) === undefined;
}

function compareLists(rules: MergeRules, wanted: List, found: List, owned: Owned): Mismatches {
  if (owned !== ALL && rules.isSet && areScalars(wanted)) return compareSets(wanted, found, owned);
  if (owned !== ALL && rules.keys !== undefined && haveKeys(rules, wanted)) {
    return compareKeyedLists(rules, wanted, found, owned);
  }
  return wanted.length === found.length ? compareItems(rules, wanted, found) : mismatch(wanted, found);
}

/** Compares atomic lists of the same length. */
function compareItems(rules: MergeRules, wanted: List, found: List): Mismatches {
  let differing: Mismatches;
  for (let index = 0; index < wanted.length; index++) {
    if (wanted[index] === found[index]) continue;
    const inItem = compareValues(rulesOfItems(rules), wanted[index], found[index], ALL);
    if (inItem !== undefined)
      differing = join(differing, inside({ text: `[${index}]`, step: undefined, at: index }, inItem));
  }
  return differing;
}

function compareSets(wanted: List, found: List, owned: OwnedIndex | undefined): Mismatches {
  let differing: Mismatches;
  for (const value of wanted) {
    if (!found.includes(value))
      differing = join(differing, inside(placeOfMember(value, -1), mismatch(value, undefined)));
  }
  for (const [index, value] of found.entries()) {
    if (owned?.values.has(value) !== true || wanted.includes(value)) continue;
    differing = join(differing, inside(placeOfMember(value, index), mismatch(undefined, value)));
  }
  return differing;
}

/** Compares lists whose items are identified by keys. An apply also restores the desired order of the items. */
function compareKeyedLists(
  rules: MergeRules,
  wanted: readonly Fields[],
  found: List,
  owned: OwnedIndex | undefined,
): Mismatches {
  let differing: Mismatches;
  let matches = 0;
  let last = -1;
  let isInOrder = true;
  const order: number[] = [];
  for (const item of wanted) {
    const index = indexOfItem(rules, found, item, last + 1);
    const inItem =
      index === -1
        ? mismatch(item, undefined)
        : compareValues(rulesOfItems(rules), item, found[index], owned && ownedItem(rules, owned, item));
    if (inItem !== undefined) differing = join(differing, inside(placeOfItem(rules, item, index), inItem));
    order.push(index);
    if (index === -1) continue;
    matches += 1;
    isInOrder &&= index > last;
    last = index;
  }
  if (!isInOrder) differing = join(differing, [{ wanted, found, order, places: [] }]);
  return matches === found.length ? differing : join(differing, findSurplusItems(rules, wanted, found, owned));
}

/** Finds the live items that an apply removes: owned ones that are no longer desired, and duplicates. */
function findSurplusItems(
  rules: MergeRules,
  wanted: readonly Fields[],
  found: List,
  owned: OwnedIndex | undefined,
): Mismatches {
  let differing: Mismatches;
  for (const [index, item] of found.entries()) {
    if (!isMap(item)) continue;
    const isSurplus =
      indexOfItem(rules, wanted, item) === -1
        ? owned !== undefined && ownedItem(rules, owned, item) !== undefined
        : indexOfItem(rules, found, item) !== index;
    if (isSurplus) differing = join(differing, inside(placeOfItem(rules, item, index), mismatch(undefined, item)));
  }
  return differing;
}

function placeOfField(name: string, owned: Owned): Place {
  return { text: name, step: owned === ALL ? undefined : `f:${name}`, at: name };
}

function placeOfMember(value: unknown, at: number): Place {
  return { text: `[${JSON.stringify(value)}]`, step: `v:${JSON.stringify(value)}`, at };
}

function ownedField(owned: Owned, name: string): Owned {
  return owned === ALL ? ALL : owned?.fields.get(name);
}

function areScalars(values: List): boolean {
  for (const value of values) {
    if (typeof value === 'object') return false;
  }
  return true;
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function keepsEmpty(rules: MergeRules, value: unknown): boolean {
  return rules.keepsEmpty === 'all' || (rules.keepsEmpty === 'maps' && isMap(value));
}

/** Returns whether the API server treats a value as absent. */
function isNothing(rules: MergeRules, value: unknown): boolean {
  if (isAbsent(value)) return true;
  return typeof value === 'object' && !keepsEmpty(rules, value) && isEmpty(value);
}

function isEmpty(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  // Object.keys would allocate a list.
  for (const name in value) {
    if (Object.hasOwn(value, name)) return false;
  }
  return true;
}
