import { findMismatches } from './apply-difference.ts';
import type { ObjectKind } from './built-in-merge-rules.ts';
import type { Mismatch } from './difference.ts';
import type { LiveObject } from './live-object.ts';
import type { MergeRules } from './merge-rules.ts';

/** Stands for a removed item until the other changes of its list are done, so that their indexes stay valid. */
const REMOVED = Symbol('removed');

type Container = Record<string | number, unknown>;

/**
 * Returns `object` as a server-side apply of `desired` would make it, apart from defaults and admission plug-ins of the API
 * server: `live` with each difference resolved, the fields of other managers included. `live` is `object` as cached.
 */
export function predictApply<T extends object>(
  desired: ObjectKind,
  { object, live }: { readonly object: T; readonly live: LiveObject },
  rules?: MergeRules,
): T {
  const predicted = structuredClone(object);
  const mismatches = findMismatches(desired, live, live.ownedFields, rules) ?? [];
  for (const mismatch of mismatches.filter(({ order }) => order === undefined)) setValue(predicted, mismatch);
  for (const mismatch of mismatches) if (mismatch.order !== undefined) reorder(predicted, mismatch);
  return withoutRemoved(predicted);
}

function setValue(predicted: object, { places, wanted }: Mismatch): void {
  const path = places.map(({ at }) => at).toReversed();
  if (wanted === undefined) return removeValue(predicted, path);
  const last = path.pop();
  if (last === undefined) return;
  const parent = containerAt(predicted, path);
  if (Array.isArray(parent) && last === -1) parent.push(structuredClone(wanted));
  else parent[last] = structuredClone(wanted);
}

/** Removes a value, and the maps and lists that this empties. */
function removeValue(container: unknown, [at, ...rest]: readonly (string | number)[]): void {
  if (!isContainer(container) || at === undefined) return;
  if (rest.length > 0) removeValue(container[at], rest);
  if (rest.length > 0 && !isEmptied(container[at])) return;
  if (Array.isArray(container)) container[Number(at)] = REMOVED;
  else delete container[at];
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function isEmptied(value: unknown): boolean {
  return isContainer(value) && Object.values(value).every((item) => item === REMOVED);
}

function containerAt(object: object, path: readonly (string | number)[]): Container {
  // SAFETY: JSON objects and lists are indexed by names and numbers.
  let container = object as Container;
  // SAFETY: a place is inside of maps and lists only.
  for (const at of path) container = (container[at] ??= {}) as Container;
  return container;
}

/** Brings the desired items of a list into the desired order, ahead of those of other managers. */
function reorder(predicted: object, { places, order = [], wanted }: Mismatch): void {
  const list = containerAt(predicted, places.map(({ at }) => at).toReversed());
  if (!Array.isArray(list) || !Array.isArray(wanted)) return;
  const items: readonly unknown[] = [...list];
  let added = items.length - order.filter((index) => index === -1).length;
  const ours = order.map((index) => items[index === -1 ? added++ : index]);
  list.splice(0, list.length, ...ours, ...items.filter((item) => !ours.includes(item)));
}

/** Drops the removed items of lists. */
function withoutRemoved<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    // SAFETY: a list of the same items but those that are removed.
    return Array.from(items, (item) => withoutRemoved(item)).filter((item) => item !== REMOVED) as T;
  }
  // SAFETY: a map of the same fields.
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutRemoved(field)])) as T;
}
