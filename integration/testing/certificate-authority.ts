import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiCredentials, readCredentials } from '../../local-cluster/control-plane/api-request.ts';
import { renderKubeadmConfig } from '../../local-cluster/control-plane/kubeadm.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools, kubernetesVersion } from '../../local-cluster/tools.ts';

const CONFIG = 'kubeadm.yaml';

/** Makes an authority that signs client certificates; resolves to its directory, in which `pki/ca.crt` is its own one. */
export async function createCertificateAuthority(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'authority-test-'));
  const site = {
    stateDirectory: directory,
    // What kubeadm asks for beside, and does not use here.
    apiAddress: '127.0.0.1',
    apiPort: 6443,
    nodeAddress: '198.18.0.1',
    nodeName: 'no-node',
    etcdClientPort: 0,
    etcdPeerPort: 0,
    enterNetwork: (argv: readonly string[]) => argv,
    endsWithParent: true,
  };
  await writeFile(join(directory, CONFIG), renderKubeadmConfig(site, kubernetesVersion()));
  const { kubeadm } = await ensureTools(['kubeadm']);
  await runCommand([kubeadm, 'init', 'phase', 'certs', 'ca', '--config', join(directory, CONFIG)]);
  return directory;
}

/** Has a serving certificate for 127.0.0.1 signed by the authority of that directory: `pki/apiserver.crt` and `.key`. */
export async function signServingCertificate(directory: string): Promise<void> {
  const { kubeadm } = await ensureTools(['kubeadm']);
  await runCommand([kubeadm, 'init', 'phase', 'certs', 'apiserver', '--config', join(directory, CONFIG)]);
}

/** Has a certificate signed for a user by the authority of that directory. */
export async function signCertificate(directory: string, user: string): Promise<ApiCredentials> {
  const { kubeadm } = await ensureTools(['kubeadm']);
  const argv = [kubeadm, 'kubeconfig', 'user', '--client-name', user, '--config', join(directory, CONFIG)];
  const kubeconfig = join(directory, `${user}-signed`);
  await writeFile(kubeconfig, await runCommand(argv));
  return readCredentials(kubeconfig);
}
