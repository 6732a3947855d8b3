import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiCredentials, readCredentials } from '../../local-cluster/control-plane/api-request.ts';
import { controlPlaneFiles } from '../../local-cluster/control-plane/site.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';
import { kubeConfigOf } from './chart-service-account.ts';
import type { TestServer } from './test-server.ts';

/** A kubeconfig that references the client certificate and key by file. */
export interface CertificateFiles {
  readonly kubeconfig: string;
  /** Replaces certificate and key with those of another user. */
  replaceWith(user: string): Promise<void>;
}

/** Creates the files, with the certificate of a user, in the server's directory. */
export async function createCertificateFiles(server: TestServer, user: string): Promise<CertificateFiles> {
  const file = (name: string): string => join(server.directory, `${user}-${name}`);
  const [certFile, keyFile, kubeconfig] = [file('tls.crt'), file('tls.key'), file('kubeconfig')];
  const write = async ({ clientCertificate, clientKey }: ApiCredentials): Promise<void> => {
    await writeFile(certFile, clientCertificate);
    await writeFile(keyFile, clientKey, { mode: 0o600 });
  };
  await write(await signCertificate(server, user));
  await writeFile(kubeconfig, (await kubeConfigOf(server, { certFile, keyFile })).exportConfig());
  return { kubeconfig, replaceWith: async (other) => write(await signCertificate(server, other)) };
}

/** Signs a client certificate for a user with the cluster's certificate authority. */
async function signCertificate({ directory }: TestServer, user: string): Promise<ApiCredentials> {
  const { kubeadm } = await ensureTools(['kubeadm']);
  const { kubeadmConfig } = controlPlaneFiles(directory);
  const argv = [kubeadm, 'kubeconfig', 'user', '--client-name', user, '--config', kubeadmConfig];
  const kubeconfig = join(directory, `${user}-signed`);
  await writeFile(kubeconfig, await runCommand(argv));
  return readCredentials(kubeconfig);
}
