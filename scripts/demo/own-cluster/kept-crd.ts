import type { ClusterAccess } from '../cluster-access.ts';
import { CRD } from '../demo-objects.ts';

/** On a definition that the demo created, and kept when it was deleted, since others used it. */
const KEPT = 'temperature-converter.io/demo-created';

/** Records that the demo created the definition, for a later deletion when its namespace is gone. */
export async function markKeptCrd({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<void> {
  await kubectl(['annotate', 'crd', CRD, `${KEPT}=true`, '--overwrite'], signal);
}

/** Whether the definition is one that the demo created and kept. */
export async function isKeptCrd({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  const path = `jsonpath={.metadata.annotations.${KEPT.replaceAll('.', String.raw`\.`)}}`;
  return (await kubectl(['get', 'crd', CRD, '--ignore-not-found', '-o', path], signal)) === 'true';
}
