import { fieldOf, isMap } from './json.ts';

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
