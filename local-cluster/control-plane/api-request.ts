import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { load } from 'js-yaml';

/** What a kubeconfig made by kubeadm says of its one cluster and its one user, as PEM texts. */
export interface ApiCredentials {
  readonly server: string;
  readonly certificateAuthority: Buffer;
  readonly clientCertificate: Buffer;
  readonly clientKey: Buffer;
}

/** Reads the credentials of a kubeconfig that kubeadm made. */
export async function readCredentials(kubeconfigPath: string): Promise<ApiCredentials> {
  // The file is kubeadm's own work: one cluster, one user, all data inline.
  const kubeconfig = load(await readFile(kubeconfigPath, 'utf8')) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  };
  const cluster = kubeconfig.clusters[0]?.cluster ?? {};
  const user = kubeconfig.users[0]?.user ?? {};
  return {
    server: cluster['server'] ?? '',
    certificateAuthority: decode(cluster['certificate-authority-data']),
    clientCertificate: decode(user['client-certificate-data']),
    clientKey: decode(user['client-key-data']),
  };
}

function decode(base64: string | undefined): Buffer {
  return Buffer.from(base64 ?? '', 'base64');
}

/** Asks for a path of the API server; undefined while it cannot be reached or does not answer within two seconds. */
export function getStatusCode(credentials: ApiCredentials, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const call = request(
      new URL(path, credentials.server),
      {
        ca: credentials.certificateAuthority,
        cert: credentials.clientCertificate,
        key: credentials.clientKey,
        agent: false,
        timeout: 2000,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.once('timeout', () => {
      call.destroy();
    });
    call.once('error', () => {
      resolve(undefined);
    });
    call.end();
  });
}
