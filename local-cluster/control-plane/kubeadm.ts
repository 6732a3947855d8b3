import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { runCommand } from '../process/run-command.ts';
import { type ControlPlaneSite, controlPlaneFiles, kubeletKubeconfigName, POD_SUBNET, SERVICE_SUBNET } from './site.ts';

/** The kubeadm program and the Kubernetes version, vX.Y.Z. */
export interface Kubeadm {
  readonly kubeadm: string;
  readonly kubernetesVersion: string;
}

/** A cluster that was stopped for years still starts; its certificates never leave this machine. */
const CERTIFICATE_VALIDITY = '87600h';

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
    certificateValidityPeriod: CERTIFICATE_VALIDITY,
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
  // A default ClusterRoleBinding grants this user its role.
  const proxyUser = ['--client-name', 'system:kube-proxy'];
  await writeFile(files.proxyKubeconfig, await makeKubeconfig(tools, files.kubeadmConfig, proxyUser, signal), {
    mode: 0o600,
  });
  await writeFile(done, config);
}

/** Creates the kubeconfig of a node's kubelet, unless it exists; ensureCredentials must have run. */
export async function ensureKubeletKubeconfig(
  tools: Kubeadm,
  site: ControlPlaneSite,
  nodeName: string,
  signal?: AbortSignal,
): Promise<void> {
  const { kubeconfigs, kubeadmConfig } = controlPlaneFiles(site.stateDirectory);
  const path = join(kubeconfigs, kubeletKubeconfigName(nodeName));
  if (existsSync(path)) return;
  const user = ['--client-name', `system:node:${nodeName}`, '--org', 'system:nodes'];
  // An interrupted run must leave no partial file.
  await writeFile(`${path}.new`, await makeKubeconfig(tools, kubeadmConfig, user, signal), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function makeKubeconfig(
  tools: Kubeadm,
  config: string,
  user: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const validity = ['--validity-period', CERTIFICATE_VALIDITY];
  return runCommand([tools.kubeadm, 'kubeconfig', 'user', ...user, ...validity, '--config', config], {}, signal);
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
