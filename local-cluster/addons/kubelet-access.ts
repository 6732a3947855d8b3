import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import { runCommand } from '../process/run-command.ts';
import { clientEnvironment } from './client-environment.ts';

/** Binds the user of the API server's kubelet client certificate, as `kubeadm init` does. */
const BINDING = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'kubeadm:apiserver-kubelet-client' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'kube-apiserver-kubelet-client' }],
};

/** Allows the API server to access the kubelet, for `kubectl logs`, `exec` and `port-forward`. */
export async function allowApiServerToKubelet(
  kubectl: string,
  { stateDirectory }: ControlPlaneSite,
  signal?: AbortSignal,
): Promise<void> {
  const manifest = join(stateDirectory, 'kubelet-access.json');
  await writeFile(manifest, JSON.stringify(BINDING));
  const options = { env: clientEnvironment(stateDirectory) };
  await runCommand([kubectl, 'apply', '--server-side', '-f', manifest], options, signal);
}
