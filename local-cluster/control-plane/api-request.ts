import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { load } from 'js-yaml';

const TIMEOUT_MS = 2000;

/** The server and the credentials in a kubeconfig, as PEM texts. */
export interface ApiCredentials {
  readonly server: string;
  readonly certificateAuthority: Buffer;
  readonly clientCertificate: Buffer;
  readonly clientKey: Buffer;
}

/** Reads the credentials in a kubeconfig that kubeadm generated. */
export async function readCredentials(kubeconfigPath: string): Promise<ApiCredentials> {
  // kubeadm writes one cluster and one user, with all data inline.
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

/** The status code for a path of the API server; undefined if it does not respond within two seconds. */
export async function getStatusCode(credentials: ApiCredentials, path: string): Promise<number | undefined> {
  return (await get(credentials, path))?.statusCode;
}

/** Reads an object of a type that the caller knows; undefined unless the status code is 200. */
export async function getJson<T>(credentials: ApiCredentials, path: string): Promise<T | undefined> {
  const answer = await get(credentials, path);
  return answer?.statusCode === 200 ? (JSON.parse(answer.body) as T) : undefined;
}

interface Answer {
  readonly statusCode: number | undefined;
  readonly body: string;
}

function get(credentials: ApiCredentials, path: string): Promise<Answer | undefined> {
  const answer = new Promise<Answer | undefined>((resolve) => {
    const options = {
      ca: credentials.certificateAuthority,
      cert: credentials.clientCertificate,
      key: credentials.clientKey,
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const call = request(new URL(path, credentials.server), options, (response) => {
      resolve(text(response).then((body) => ({ statusCode: response.statusCode, body })));
    });
    call.once('error', () => {
      resolve(undefined);
    });
    call.end();
  });
  // The connection may close in the middle of a response.
  return answer.catch(() => undefined);
}
