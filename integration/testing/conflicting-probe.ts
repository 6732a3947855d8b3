import type { Cluster } from './cluster.ts';
import { withValueAt } from './leaf-fields.ts';

/** Sets a second handler in a Deployment's liveness probe, so that the API server rejects the operator's apply. */
export async function setConflictingProbe(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const path = ['spec', 'template', 'spec', 'containers', 0, 'livenessProbe'];
  await cluster.edit(
    ['Deployment', namespace, name],
    // SAFETY: a copy of an object is an object.
    (object) => withValueAt(object, path, { tcpSocket: { port: 5000 }, periodSeconds: 10 }) as object,
  );
}
