import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kubeadm, renderKubeadmConfig } from '../control-plane/kubeadm.ts';
import { type ControlPlaneSite, controlPlaneFiles } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { runCommand } from '../process/run-command.ts';
import { clientEnvironment } from './client-environment.ts';

/** Installs CoreDNS as kubeadm does, or replaces it when its image has changed. */
export async function installCoredns(
  tools: Kubeadm & { readonly kubectl: string },
  site: ControlPlaneSite,
  image: BuiltImage,
  signal?: AbortSignal,
): Promise<void> {
  const config = join(site.stateDirectory, 'kubeadm-coredns.yaml');
  await writeFile(config, renderKubeadmConfig(site, tools.kubernetesVersion, image.reference));
  const kubeconfig = controlPlaneFiles(site.stateDirectory).adminKubeconfig;
  // kubeadm would migrate the configuration by the version in the image tag, which is a hash here.
  const former = ['deployment/coredns', 'configmap/coredns', '--namespace=kube-system', '--ignore-not-found'];
  await runCommand([tools.kubectl, 'delete', ...former], { env: clientEnvironment(site.stateDirectory) }, signal);
  const argv = [tools.kubeadm, 'init', 'phase', 'addon', 'coredns', '--config', config, '--kubeconfig', kubeconfig];
  await runCommand(argv, {}, signal);
}
