import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kubeadm, renderKubeadmConfig } from '../control-plane/kubeadm.ts';
import { type ControlPlaneSite, controlPlaneFiles } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { runCommand } from '../process/run-command.ts';

/** Installs CoreDNS as kubeadm does, or changes it to the given image. */
export async function installCoredns(
  tools: Kubeadm,
  site: ControlPlaneSite,
  image: BuiltImage,
  signal?: AbortSignal,
): Promise<void> {
  const config = join(site.stateDirectory, 'kubeadm-coredns.yaml');
  await writeFile(config, renderKubeadmConfig(site, tools.kubernetesVersion, image.reference));
  const kubeconfig = controlPlaneFiles(site.stateDirectory).adminKubeconfig;
  const argv = [tools.kubeadm, 'init', 'phase', 'addon', 'coredns', '--config', config, '--kubeconfig', kubeconfig];
  await runCommand(argv, {}, signal);
}
