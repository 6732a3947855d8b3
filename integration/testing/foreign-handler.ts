import type { Cluster } from './cluster.ts';
import { withValueAt } from './leaf-fields.ts';

/** Puts another handler into a Deployment's liveness probe: two do not go together, so that an apply of ours is refused. */
export async function putForeignHandler(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const path = ['spec', 'template', 'spec', 'containers', 0, 'livenessProbe'];
  await cluster.edit(
    ['Deployment', namespace, name],
    // SAFETY: a copy of an object is an object.
    (object) => withValueAt(object, path, { tcpSocket: { port: 5000 }, periodSeconds: 10 }) as object,
  );
}
