import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import { runCommand } from '../process/run-command.ts';
import { type ControlPlaneSite, controlPlaneFiles, POD_SUBNET, SERVICE_SUBNET } from './site.ts';

/** The kubeadm program, and the Kubernetes version (vX.Y.Z) that it is to speak of. */
export interface Kubeadm {
  readonly kubeadm: string;
  readonly kubernetesVersion: string;
}

/** Renders what kubeadm's phases read, as two YAML documents. */
export function renderKubeadmConfig(site: ControlPlaneSite, kubernetesVersion: string): string {
  const initConfiguration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: site.nodeAddress, bindPort: site.apiPort },
    // Never used by the phases that we run, yet kubeadm looks for a socket when none is named.
    nodeRegistration: { name: site.nodeName, criSocket: 'unix:///run/unused.sock' },
  };
  const clusterConfiguration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    kubernetesVersion,
    certificatesDir: controlPlaneFiles(site.stateDirectory).pki,
    controlPlaneEndpoint: `${site.apiAddress}:${site.apiPort}`,
    encryptionAlgorithm: 'ECDSA-P256',
    networking: { podSubnet: POD_SUBNET, serviceSubnet: SERVICE_SUBNET },
    imageRepository: 'localhost',
    dns: { imageRepository: 'localhost', imageTag: 'local' },
    apiServer: { certSANs: ['127.0.0.1', 'localhost', site.apiAddress] },
  };
  return `${dump(initConfiguration)}---\n${dump(clusterConfiguration)}`;
}

/** Makes the certificates that are missing, and all kubeconfigs anew, since these hold the server's address. */
export async function makeCredentials(tools: Kubeadm, site: ControlPlaneSite, signal?: AbortSignal): Promise<void> {
  const files = controlPlaneFiles(site.stateDirectory);
  await mkdir(site.stateDirectory, { recursive: true });
  await writeFile(files.kubeadmConfig, renderKubeadmConfig(site, tools.kubernetesVersion));
  await runPhase(tools, site, ['certs', 'all'], signal);
  await rm(files.kubeconfigs, { recursive: true, force: true });
  await runPhase(tools, site, ['kubeconfig', 'all', '--kubeconfig-dir', files.kubeconfigs], signal);
}

/** Runs one of kubeadm's phases with the configuration that makeCredentials wrote. */
export async function runPhase(
  tools: Kubeadm,
  site: ControlPlaneSite,
  phase: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { kubeadmConfig } = controlPlaneFiles(site.stateDirectory);
  await runCommand([tools.kubeadm, 'init', 'phase', ...phase, '--config', kubeadmConfig], {}, signal);
}
