import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { runCommand } from '../process/run-command.ts';
import { type ControlPlaneSite, controlPlaneFiles, POD_SUBNET, SERVICE_SUBNET } from './site.ts';

/** The kubeadm program and the Kubernetes version, vX.Y.Z. */
export interface Kubeadm {
  readonly kubeadm: string;
  readonly kubernetesVersion: string;
}

/** Renders the configuration of kubeadm as two YAML documents; `dnsImage` (REPOSITORY/coredns:TAG) is for the CoreDNS add-on. */
export function renderKubeadmConfig(site: ControlPlaneSite, kubernetesVersion: string, dnsImage?: string): string {
  const initConfiguration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: site.nodeAddress, bindPort: site.apiPort },
    // Unused by these phases, but kubeadm looks for a socket if none is set.
    nodeRegistration: { name: site.nodeName, criSocket: 'unix:///run/unused.sock' },
  };
  const clusterConfiguration = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    kubernetesVersion,
    certificatesDir: controlPlaneFiles(site.stateDirectory).pki,
    controlPlaneEndpoint: `${site.apiAddress}:${site.apiPort}`,
    encryptionAlgorithm: 'ECDSA-P256',
    // A cluster that was stopped for years still starts; its certificates never leave this machine.
    certificateValidityPeriod: '87600h',
    networking: { podSubnet: POD_SUBNET, serviceSubnet: SERVICE_SUBNET },
    ...(dnsImage === undefined ? {} : { dns: dnsLocation(dnsImage) }),
    apiServer: { certSANs: ['127.0.0.1', 'localhost', site.apiAddress] },
  };
  return `${dump(initConfiguration)}---\n${dump(clusterConfiguration)}`;
}

/** Creates missing certificates and all kubeconfigs, which contain the server's address; does nothing if they exist. */
export async function ensureCredentials(tools: Kubeadm, site: ControlPlaneSite, signal?: AbortSignal): Promise<void> {
  const files = controlPlaneFiles(site.stateDirectory);
  const config = renderKubeadmConfig(site, tools.kubernetesVersion);
  // Written last, so that the next run repeats an interrupted one.
  const done = join(files.kubeconfigs, 'made-from.yaml');
  if (existsSync(done) && (await readFile(done, 'utf8')) === config) return;
  await mkdir(site.stateDirectory, { recursive: true });
  await writeFile(files.kubeadmConfig, config);
  await runPhase(tools, site, ['certs', 'all'], signal);
  await rm(files.kubeconfigs, { recursive: true, force: true });
  await runPhase(tools, site, ['kubeconfig', 'all', '--kubeconfig-dir', files.kubeconfigs], signal);
  await writeFile(files.proxyKubeconfig, await makeProxyKubeconfig(tools, files.kubeadmConfig, signal), {
    mode: 0o600,
  });
  await writeFile(done, config);
}

/** The user of kube-proxy, which a default ClusterRoleBinding grants its role to. */
function makeProxyKubeconfig(tools: Kubeadm, config: string, signal?: AbortSignal): Promise<string> {
  const argv = [tools.kubeadm, 'kubeconfig', 'user', '--client-name', 'system:kube-proxy', '--config', config];
  return runCommand(argv, {}, signal);
}

/** Splits an image reference for kubeadm, which assumes the name `coredns`. */
function dnsLocation(image: string): { readonly imageRepository: string; readonly imageTag: string } {
  const [, imageRepository = '', imageTag = ''] = /^(.+)\/coredns:([^:]+)$/u.exec(image) ?? [];
  return { imageRepository, imageTag };
}

async function runPhase(
  tools: Kubeadm,
  site: ControlPlaneSite,
  phase: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { kubeadmConfig } = controlPlaneFiles(site.stateDirectory);
  await runCommand([tools.kubeadm, 'init', 'phase', ...phase, '--config', kubeadmConfig], {}, signal);
}
