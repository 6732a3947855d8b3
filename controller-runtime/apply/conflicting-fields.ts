import type { ApiError } from '../client/errors.ts';
import type { MergePatch } from '../client/write.ts';
import type { ObjectToApply } from '../object/object.ts';
import { fieldOf, type Fields, isMap } from './json.ts';
import type { LiveObject } from './live-object.ts';

/** An object to write, and the live one. */
export interface Objects {
  readonly desired: ObjectToApply;
  readonly live: LiveObject;
}

/**
 * The merge patch that removes the fields of others that an error of the API server names, such as `spec.externalName`:
 * fields of the live object that the desired one does not have. Undefined if it names none outside of lists.
 */
export function computeRemoval(error: ApiError, { desired, live }: Objects): MergePatch | undefined {
  const paths = (error.status.details?.causes ?? []).flatMap(({ field }) => foreignPath(field ?? '', desired, live));
  return paths.length === 0 ? undefined : paths.map(toRemoval).reduce<Fields>(mergePatches, {});
}

/** The desired fields, apart from the metadata and from lists, as a merge patch. */
export function computeFieldsOutsideLists(desired: ObjectToApply): MergePatch {
  return withoutLists(fieldsOf(desired));
}

/**
 * The merge patch that replaces all fields, apart from the metadata: it has the desired lists, and removes each field that
 * the desired object does not have, except for those at the paths of `keptFields`, such as `spec.replicas`.
 */
export function computeReplacement({ desired, live }: Objects, keptFields: readonly string[] = []): MergePatch {
  return replaceMap('', fieldsOf(desired), asFields(live), new Set(keptFields));
}

/** Merges two merge patches; the second one takes precedence. */
export function mergePatches(first: Fields, second: Fields): Fields {
  const merged: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const earlier = fieldOf(first, name);
    merged[name] = isMap(earlier) && isMap(value) ? mergePatches(earlier, value) : value;
  }
  return merged;
}

function fieldsOf({ apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...fields }: ObjectToApply): Fields {
  return asFields(fields);
}

function asFields(object: object): Fields {
  // SAFETY: API objects are JSON objects.
  return object as Fields;
}

function withoutLists(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([, value]) => !Array.isArray(value));
  return Object.fromEntries(kept.map(([name, value]) => [name, isMap(value) ? withoutLists(value) : value]));
}

function replaceMap(path: string, desired: Fields, live: Fields, kept: ReadonlySet<string>): Fields {
  const replaced = Object.entries(desired).map(([name, value]) => {
    const found = fieldOf(live, name);
    return [name, isMap(value) && isMap(found) ? replaceMap(`${path}${name}.`, value, found, kept) : value];
  });
  // The top level has metadata and status.
  const surplus = path === '' ? [] : Object.keys(live).filter((name) => !Object.hasOwn(desired, name));
  const removed = surplus.filter((name) => !kept.has(path + name)).map((name) => [name, null]);
  return Object.fromEntries([...replaced, ...removed]);
}

/** The path of the outermost field around a named one that the live object has and the desired one does not; or none. */
function foreignPath(field: string, desired: ObjectToApply, live: LiveObject): readonly (readonly string[])[] {
  const tokens = [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, key, name]) => key ?? name ?? '');
  const path: string[] = [];
  let wanted: unknown = desired;
  let found: unknown = live;
  for (const token of tokens) {
    if (!isMap(found)) return [];
    const name = nameIn(found, token);
    if (name === undefined) return [];
    path.push(name);
    const isWanted = isMap(wanted) && fieldOf(wanted, name) !== undefined;
    if (!isWanted && isRemovable(path)) return [path];
    wanted = isMap(wanted) ? fieldOf(wanted, name) : undefined;
    found = found[name];
  }
  return [];
}

/** The name of a field as the object has it: the API server begins some with a capital letter in its errors. */
function nameIn(map: Fields, token: string): string | undefined {
  if (Object.hasOwn(map, token)) return token;
  return Object.keys(map).find((name) => name.toLowerCase() === token.toLowerCase());
}

/** Whether a field may be removed: one of the top level must not, and of the metadata only labels and annotations may. */
function isRemovable([top, ...rest]: readonly string[]): boolean {
  if (top === 'status') return false;
  return top === 'metadata' ? rest.length === 2 && /^(?:labels|annotations)$/.test(rest[0] ?? '') : rest.length > 0;
}

function toRemoval(path: readonly string[]): Fields {
  return path.toReversed().reduce<unknown>((inside, name) => ({ [name]: inside }), null) as Fields;
}
