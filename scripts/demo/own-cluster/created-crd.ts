import type { ClusterAccess } from '../cluster-access.ts';
import { CRD } from '../demo-objects.ts';

/** On a definition that the demo created. */
const CREATED = 'temperature-converter.io/demo-created';

/** Records on the definition that the demo created it, for a deletion when the demo's namespace no longer exists. */
export async function markCreatedCrd({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<void> {
  await kubectl(['annotate', 'crd', CRD, `${CREATED}=true`, '--overwrite'], signal);
}

/** Whether the cluster has a definition that the demo created. */
export async function isCreatedCrd({ kubectl }: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  const path = `jsonpath={.metadata.annotations.${CREATED.replaceAll('.', String.raw`\.`)}}`;
  return (await kubectl(['get', 'crd', CRD, '--ignore-not-found', '-o', path], signal)) === 'true';
}
