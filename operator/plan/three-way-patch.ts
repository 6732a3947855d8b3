import { isDeepStrictEqual } from 'node:util';
import { fieldOf, type Fields, isMap } from '../../controller-runtime/apply/json.ts';
import { mergePatches } from '../../controller-runtime/apply/conflicting-fields.ts';

/**
 * Returns the JSON merge patch with which kubectl applies a manifest of a custom resource: what differs from the live
 * object, and the removal of what the last applied manifest had and this one does not.
 */
export function computeThreeWayPatch(lastApplied: Fields, manifest: Fields, live: Fields): Fields {
  return mergePatches(computeRemovals(lastApplied, manifest), computeChanges(manifest, live));
}

function computeChanges(manifest: Fields, live: Fields): Fields {
  const changes = Object.entries(manifest).flatMap(([name, value]) => {
    const found = fieldOf(live, name);
    if (isDeepStrictEqual(value, found)) return [];
    if (!isMap(value) || !isMap(found)) return [[name, value] as const];
    const inside = computeChanges(value, found);
    return Object.keys(inside).length === 0 ? [] : [[name, inside] as const];
  });
  return Object.fromEntries(changes);
}

function computeRemovals(lastApplied: Fields, manifest: Fields): Fields {
  const removals = Object.entries(lastApplied).flatMap(([name, value]): readonly (readonly [string, unknown])[] => {
    const wanted = fieldOf(manifest, name);
    if (wanted === undefined) return [[name, null] as const];
    if (!isMap(value) || !isMap(wanted)) return [];
    const inside = computeRemovals(value, wanted);
    return Object.keys(inside).length === 0 ? [] : [[name, inside] as const];
  });
  return Object.fromEntries(removals);
}
