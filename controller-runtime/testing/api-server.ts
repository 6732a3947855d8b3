import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { KubeClient } from '../client/client.ts';
import { ApiServerConnection } from '../client/connection.ts';
import { AuditLog } from './audit-log.ts';
import { AUDIT_POLICY } from './audit-policy.ts';
import { ChildProcesses, type RunningProgram } from './child-processes.ts';
import { findFreePorts } from './free-ports.ts';

const START_MS = 90_000;
const PROBE_MS = 2000;
const PROBE_INTERVAL_MS = 50;
const USER_AGENT = 'controller-runtime-testing';

/** The options of an API server. */
export interface ApiServerOptions {
  /** The directory of `etcd` and `kube-apiserver`. The default is the one in KUBEBUILDER_ASSETS. */
  readonly binaries?: string;
  /** Additional flags for kube-apiserver. They override the default flags. */
  readonly flags?: readonly string[];
  /** Called with a line about each step. */
  readonly log?: (line: string) => void;
}

/** A running etcd and API server without controllers and nodes: objects are validated and stored, but no controller acts on them. */
export interface ApiServer extends AsyncDisposable {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** Cluster administrator, in the group system:masters. */
  readonly kubeConfig: KubeConfig;
  /** A file with this configuration, for the variable KUBECONFIG. */
  readonly kubeconfigPath: string;
  /** A client with the rights of the cluster administrator. */
  readonly client: KubeClient;
  /** Every finished request. */
  readonly audit: AuditLog;
  /** The audit log: one JSON audit event per line for each finished request. */
  readonly auditLogPath: string;
  /** The directory for certificates, logs and files of tests. It is removed when the API server is stopped. */
  readonly directory: string;
  /** Stops the API server but not etcd. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again at the same address. Resolves once it is ready. */
  startApiServer(): Promise<void>;
  /** Sends a signal to kube-apiserver: after SIGSTOP, it does not respond until SIGCONT. */
  signalApiServer(signal: NodeJS.Signals): void;
  /** Stops all processes and removes the directory. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver on free ports of 127.0.0.1, like controller-runtime's envtest. Resolves once the API
 * server is ready. Several can run concurrently. They end with the process that started them, even if it is killed.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const binaries = findBinaries(options.binaries);
  const { flags = [], log = () => undefined } = options;
  const processes = await ChildProcesses.create('controller-runtime-');
  const { directory } = processes;
  try {
    const [apiPort = 0, etcdPort = 0, peerPort = 0] = await findFreePorts(3);
    const token = randomBytes(16).toString('hex');
    await writeFiles(directory, token);
    log(`starting etcd and kube-apiserver in ${directory}`);
    const etcd = await processes.start('etcd', binaries.etcd, etcdFlags(directory, etcdPort, peerPort));
    const args = [...apiServerFlags(directory, apiPort, etcdPort), ...flags];
    const start = async (): Promise<RunningProgram> => {
      const started = await processes.start('kube-apiserver', binaries.apiServer, args);
      await untilReady({ directory, token, apiPort }, [etcd, started]);
      return started;
    };
    let apiServer: RunningProgram | undefined = await start();
    const kubeConfig = await readKubeConfig({ directory, token, apiPort });
    const kubeconfigPath = join(directory, 'kubeconfig');
    await writeFile(kubeconfigPath, kubeConfig.exportConfig(), { mode: 0o600 });
    const connection = new ApiServerConnection(kubeConfig);
    const client = new KubeClient({ connection, userAgent: USER_AGENT });
    const auditLogPath = join(directory, 'audit.log');
    log(`the API server is ready at ${connection.server.origin}`);
    const stop = async (): Promise<void> => {
      connection.close();
      await processes.end();
    };
    return {
      url: connection.server.origin,
      kubeConfig,
      kubeconfigPath,
      client,
      audit: new AuditLog(auditLogPath, client),
      auditLogPath,
      directory,
      stopApiServer: async () => {
        await apiServer?.stop();
        apiServer = undefined;
      },
      startApiServer: async () => {
        apiServer ??= await start();
      },
      signalApiServer: (signal) => apiServer?.signal(signal),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await processes.end();
    throw error;
  }
}

interface Address {
  readonly directory: string;
  readonly token: string;
  readonly apiPort: number;
}

function findBinaries(given: string | undefined): { etcd: string; apiServer: string } {
  const directory = given ?? process.env['KUBEBUILDER_ASSETS'];
  const howTo =
    'Install the programs with "go run sigs.k8s.io/controller-runtime/tools/setup-envtest@latest use -p path", ' +
    'and set KUBEBUILDER_ASSETS to the directory that it prints, or pass that directory as `binaries`.';
  if (directory === undefined || directory === '') {
    throw new Error(`KUBEBUILDER_ASSETS is not set: etcd and kube-apiserver are unavailable. ${howTo}`);
  }
  const binaries = { etcd: join(directory, 'etcd'), apiServer: join(directory, 'kube-apiserver') };
  const missing = Object.values(binaries).find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`${missing} does not exist. ${howTo}`);
  return binaries;
}

async function writeFiles(directory: string, token: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await mkdir(join(directory, 'certificates'));
  const files = {
    'service-accounts.key': privateKey,
    'service-accounts.pub': publicKey,
    'tokens.csv': `${token},administrator,administrator,"system:masters"\n`,
    // JSON is YAML.
    'audit-policy.yaml': JSON.stringify(AUDIT_POLICY),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 });
}

function etcdFlags(directory: string, clientPort: number, peerPort: number): readonly string[] {
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // The data is deleted with its directory.
    '--unsafe-no-fsync',
  ];
}

function apiServerFlags(directory: string, port: number, etcdPort: number): readonly string[] {
  const file = (name: string): string => join(directory, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // An address reserved for benchmarks: kube-apiserver rejects loopback addresses here. No request uses it.
    '--advertise-address=198.18.0.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    // kube-apiserver writes its self-signed certificate to this directory.
    `--cert-dir=${file('certificates')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('service-accounts.pub')}`,
    `--service-account-signing-key-file=${file('service-accounts.key')}`,
    '--authorization-mode=Node,RBAC',
    // The second one is disabled by default and enabled in OpenShift, where an operator's roles must suffice.
    '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
    '--allow-privileged=true',
    '--profiling=false',
    `--audit-policy-file=${file('audit-policy.yaml')}`,
    `--audit-log-path=${file('audit.log')}`,
    '--audit-log-maxsize=100',
    '--audit-log-maxbackup=2',
  ];
}

/** Resolves once the API server is ready. Rejects as soon as one of the programs has ended. */
async function untilReady(address: Address, programs: readonly RunningProgram[]): Promise<void> {
  const endMs = performance.now() + START_MS;
  for (;;) {
    for (const program of programs) await program.assertRunning();
    try {
      await probe(address);
      return;
    } catch (error) {
      if (performance.now() > endMs) throw new Error('kube-apiserver is not ready', { cause: error });
    }
    await pause(PROBE_INTERVAL_MS);
  }
}

/** Rejects while the API server is not ready, or has not created the namespace `default`. */
async function probe(address: Address): Promise<void> {
  const connection = new ApiServerConnection(await readKubeConfig(address));
  const client = new KubeClient({ connection, userAgent: USER_AGENT });
  try {
    await text(await client.open({ method: 'GET', path: '/readyz' }, AbortSignal.timeout(PROBE_MS)));
    await client.send({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMs: PROBE_MS });
  } finally {
    connection.close();
  }
}

/** The certificate file of kube-apiserver also contains the certificate of the authority that signed it. */
async function readKubeConfig({ directory, token, apiPort }: Address): Promise<KubeConfig> {
  const authority = await readFile(join(directory, 'certificates', 'apiserver.crt'));
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'test',
      server: `https://127.0.0.1:${apiPort}`,
      caData: authority.toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'administrator', token },
  );
  return config;
}
