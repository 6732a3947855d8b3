import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiCredentials } from '../../local-cluster/control-plane/api-request.ts';
import { signCertificate } from './certificate-authority.ts';
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
  const { authorityDirectory } = server;
  if (authorityDirectory === undefined) throw new Error('the test server trusts no client certificates');
  await write(await signCertificate(authorityDirectory, user));
  await writeFile(kubeconfig, kubeConfigOf(server, { certFile, keyFile }).exportConfig());
  return { kubeconfig, replaceWith: async (other) => write(await signCertificate(authorityDirectory, other)) };
}
