import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFreePorts } from './control-plane/free-ports.ts';
import { ensureCredentials } from './control-plane/kubeadm.ts';
import { startApiServer, startEtcd, waitForApiServer } from './control-plane/servers.ts';
import { controlPlaneFiles, type ControlPlaneSite } from './control-plane/site.ts';
import { type Daemon, killAllOf, stopDaemon } from './process/daemon.ts';
import { ensureTools, kubernetesVersion } from './tools.ts';

/** The options of a control plane. */
export interface ControlPlaneOptions {
  /** Holds certificates, data and logs; created if missing. Only one control plane at a time may use it. */
  readonly stateDirectory: string;
  readonly log?: (line: string) => void;
  /** Additional flags for kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
}

/** A running etcd and API server without controllers and nodes: they validate and store objects, nothing else. */
export interface ControlPlane {
  /** Cluster administrator, in the group system:masters. */
  readonly kubeconfigPath: string;
  /** https://127.0.0.1:PORT */
  readonly serverUrl: string;
  /** One JSON audit event per line, for each finished request. */
  readonly auditLogPath: string;
  /** Stops the API server and keeps etcd running; returns when it has stopped. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again, at the same address; returns when it is ready. */
  startApiServer(): Promise<void>;
  /** Stops all processes and waits for their end; files stay. */
  stop(): Promise<void>;
}

/**
 * Starts etcd and an API server on free ports of 127.0.0.1. It needs no root, and several can run side by side. The
 * processes end with the calling process. Throws the signal's reason after a cleanup.
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
      // An API server without etcd ignores SIGTERM.
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
    // A reserved address (RFC 2544), which nothing sends packets to.
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

/** Uses etcd and kube-apiserver from KUBEBUILDER_ASSETS if both exist, as envtest does; builds the rest. */
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
