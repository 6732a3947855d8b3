import type { LiveObject } from './cluster.ts';

/** What differs between two objects that say the same, or two states of one. */
const INCIDENTAL = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);
/** What the API server draws for each Service; a field that one of two lacks still counts. */
const DRAWN = new Set(['clusterIP', 'clusterIPs', 'nodePort']);

/** An object as it can be compared with another one, or its own earlier state: without what is bound to differ. */
export function restingState(object: LiveObject | undefined): unknown {
  if (object === undefined) return undefined;
  const lasting = Object.entries(object.metadata).filter(([name]) => !INCIDENTAL.has(name));
  const state = { ...object, metadata: Object.fromEntries(lasting) };
  return JSON.parse(JSON.stringify(state, (name, value: unknown) => (DRAWN.has(name) ? 'drawn' : value)));
}
