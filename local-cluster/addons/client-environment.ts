import { join } from 'node:path';
import { controlPlaneFiles } from '../control-plane/site.ts';

/** The environment of kubectl and Helm: the cluster administrator's kubeconfig, and caches that are deleted with the cluster. */
export function clientEnvironment(stateDirectory: string): NodeJS.ProcessEnv {
  const caches = join(stateDirectory, 'clients');
  return {
    ...process.env,
    KUBECONFIG: controlPlaneFiles(stateDirectory).adminKubeconfig,
    // The cluster is on this machine, and unreachable through a proxy.
    NO_PROXY: '*',
    no_proxy: '*',
    KUBECACHEDIR: caches,
    HELM_CACHE_HOME: caches,
    HELM_CONFIG_HOME: caches,
    HELM_DATA_HOME: caches,
  };
}
