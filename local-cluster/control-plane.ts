import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFreePorts } from '../controller-runtime/testing/free-ports.ts';
import { ensureCredentials } from './control-plane/kubeadm.ts';
import { startApiServer, startEtcd, waitForApiServer } from './control-plane/servers.ts';
import { controlPlaneFiles, type ControlPlaneSite } from './control-plane/site.ts';
import { type Daemon, killAllOf, stopDaemon } from './process/daemon.ts';
import { ensureTools, kubernetesVersion } from './tools.ts';

/** What a control plane is to be. */
export interface ControlPlaneOptions {
  /** Holds certificates, data and logs; made if missing. One control plane at a time lives in it. */
  readonly stateDirectory: string;
  readonly log?: (line: string) => void;
  /** Flags for kube-apiserver, added to its own. */
  readonly apiServerFlags?: readonly string[];
}

/** A running etcd and API server, without controllers and nodes: objects are stored and checked, nothing acts on them. */
export interface ControlPlane {
  /** Cluster administrator, in the group system:masters. */
  readonly kubeconfigPath: string;
  /** https://127.0.0.1:PORT */
  readonly serverUrl: string;
  /** One JSON audit event a line, for each finished request. */
  readonly auditLogPath: string;
  /** Ends the API server and leaves etcd running; returns when it is gone. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again, at the same address; returns when it is ready. */
  startApiServer(): Promise<void>;
  /** Ends all processes and waits until they are gone; files stay. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and an API server on free ports of 127.0.0.1, without being root, as many side by side as are wanted. The
 * processes end with the process that called this, however that ends. Throws the signal's reason, after it cleaned up.
 */
export async function startControlPlane(options: ControlPlaneOptions, signal?: AbortSignal): Promise<ControlPlane> {
  const stateDirectory = resolve(options.stateDirectory);
  await mkdir(stateDirectory, { recursive: true });
  await killAllOf(stateDirectory);
  const binaries = await findBinaries(options.log, signal);
  const site = await chooseSite(stateDirectory);
  const flags = ['--bind-address=127.0.0.1', '--endpoint-reconciler-type=none', ...(options.apiServerFlags ?? [])];
  const files = controlPlaneFiles(stateDirectory);
  let etcd: Daemon;
  let apiServer: Daemon | undefined;
  const startServer = async (startSignal?: AbortSignal): Promise<void> => {
    apiServer = await startApiServer(binaries.apiServer, site, flags);
    await waitForApiServer(site, [etcd, apiServer], startSignal);
  };
  const stopServer = async (): Promise<void> => {
    if (apiServer !== undefined) await stopDaemon(apiServer);
    apiServer = undefined;
  };
  try {
    etcd = await startEtcd(binaries.etcd, site);
    const kubeadm = { kubeadm: binaries.kubeadm, kubernetesVersion: kubernetesVersion() };
    await ensureCredentials(kubeadm, site, signal);
    await startServer(signal);
  } catch (error) {
    await killAllOf(stateDirectory);
    throw error;
  }
  return {
    kubeconfigPath: files.adminKubeconfig,
    serverUrl: `https://${site.apiAddress}:${site.apiPort}`,
    auditLogPath: files.auditLog,
    stopApiServer: stopServer,
    startApiServer: async () => {
      if (apiServer === undefined) await startServer();
    },
    stop: async () => {
      // An API server whose etcd has gone does not end by SIGTERM.
      await stopServer();
      await stopDaemon(etcd);
      await killAllOf(stateDirectory);
    },
  };
}

async function chooseSite(stateDirectory: string): Promise<ControlPlaneSite> {
  const [apiPort = 0, etcdClientPort = 0, etcdPeerPort = 0] = await findFreePorts(3);
  return {
    stateDirectory,
    apiAddress: '127.0.0.1',
    apiPort,
    // An address for benchmarks that no machine has: nothing is ever sent to it.
    nodeAddress: '198.18.0.1',
    nodeName: 'no-node',
    etcdClientPort,
    etcdPeerPort,
    enterNetwork: (argv) => argv,
    endsWithParent: true,
  };
}

interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly kubeadm: string;
}

/** Takes etcd and kube-apiserver from KUBEBUILDER_ASSETS where both are there, as envtest does; builds what is left. */
async function findBinaries(log: ((line: string) => void) | undefined, signal?: AbortSignal): Promise<Binaries> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const given = { etcd: join(assets ?? '', 'etcd'), apiServer: join(assets ?? '', 'kube-apiserver') };
  const progress = log === undefined ? {} : { log };
  if (assets !== undefined && existsSync(given.etcd) && existsSync(given.apiServer)) {
    const { kubeadm } = await ensureTools(['kubeadm'], progress, signal);
    return { ...given, kubeadm };
  }
  const tools = await ensureTools(['etcd', 'kube-apiserver', 'kubeadm'], progress, signal);
  return { etcd: tools.etcd, apiServer: tools['kube-apiserver'], kubeadm: tools.kubeadm };
}
