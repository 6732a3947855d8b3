import { isDeepStrictEqual } from 'node:util';
import { fieldOf, type Fields, isMap } from './json.ts';

/** Returns a value as a JSON merge patch makes it (RFC 7396). */
export function applyMergePatch(value: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete merged[name];
    else merged[name] = applyMergePatch(fieldOf(merged, name), change);
  }
  return merged;
}

/** Returns the JSON merge patch that makes one map the other. Lists are replaced as a whole. */
export function computeMergePatch(before: Fields, after: Fields): Fields {
  const names = Object.keys({ ...before, ...after });
  const changes = names.flatMap((name): readonly (readonly [string, unknown])[] => {
    const [left, right] = [fieldOf(before, name), fieldOf(after, name)];
    if (isDeepStrictEqual(left, right)) return [];
    if (isMap(left) && isMap(right)) return [[name, computeMergePatch(left, right)]];
    return [[name, right ?? null]];
  });
  return Object.fromEntries(changes);
}
