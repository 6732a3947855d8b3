import type { LiveObject } from './cluster.ts';

/** Metadata that differs between two otherwise equal objects. */
const IDENTITY_FIELDS = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);
/** Fields that the API server allocates for each Service. Their values are replaced, so that their absence still shows. */
const ALLOCATED_FIELDS = new Set(['clusterIP', 'clusterIPs', 'nodePort']);

/** An object without the fields that always differ, so that it compares with another object or an earlier version. */
export function comparableState(object: LiveObject | undefined): unknown {
  if (object === undefined) return undefined;
  const metadata = Object.entries(object.metadata).filter(([name]) => !IDENTITY_FIELDS.has(name));
  const state = { ...object, metadata: Object.fromEntries(metadata) };
  return JSON.parse(
    JSON.stringify(state, (name, value: unknown) => (ALLOCATED_FIELDS.has(name) ? 'allocated' : value)),
  );
}
