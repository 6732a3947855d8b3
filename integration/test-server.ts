import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensureTools } from '../local-cluster/tools.ts';
import { applyCrd } from '../operator/commands/crd-installer.ts';
import { KubeClient } from '../controller-runtime/client/client.ts';
import { ApiServerConnection } from '../controller-runtime/client/connection.ts';
import { systemClock } from '../controller-runtime/clock/clock.ts';
import { RecordedLog } from '../controller-runtime/testing/recorded-log.ts';
import { type ApiServer, startApiServer } from '../controller-runtime/testing/api-server.ts';
import type { AuditLog } from '../controller-runtime/testing/audit-log.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { Cluster } from './cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';

/** How long starting, or building what is to be started, may take. */
export const START_MS = 120_000;

/** The CustomResourceDefinition that the product installs. */
export const CRD_FILE = new URL('../crds/temperatureconverters.yaml', import.meta.url);

/** A real API server of one test file's own: objects are stored and checked; controllers and nodes are played by the tests. */
export interface TestServer extends AsyncDisposable {
  readonly apiServer: ApiServer;
  readonly cluster: Cluster;
  readonly audit: AuditLog;
  /** For files of the tests; removed with the server. */
  readonly directory: string;
  /** Where the authority is whose client certificates the API server trusts; undefined where it trusts none. */
  readonly authorityDirectory: string | undefined;
}

/** What a test server is set up with. */
export interface TestServerOptions {
  /** Whether the CustomResourceDefinition is installed; true by default. */
  readonly crd?: boolean;
  /** Whether users can authenticate by a client certificate; false by default. */
  readonly clientCertificates?: boolean;
}

/** Starts an API server from the programs in KUBEBUILDER_ASSETS, or else from those that the local cluster builds. */
export async function startTestServer({
  crd = true,
  clientCertificates = false,
}: TestServerOptions = {}): Promise<TestServer> {
  const authorityDirectory = clientCertificates ? await createCertificateAuthority() : undefined;
  const apiServer = await startApiServer({
    binaries: await findBinaries(),
    flags: authorityDirectory === undefined ? [] : [`--client-ca-file=${authorityDirectory}/pki/ca.crt`],
  });
  const connection = new ApiServerConnection(apiServer.kubeConfig);
  const client = new KubeClient({ connection, userAgent: 'somebody-else' });
  const cluster = new Cluster(client);
  if (crd) await installCrd(cluster);
  return {
    apiServer,
    cluster,
    audit: apiServer.audit,
    directory: apiServer.directory,
    authorityDirectory,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await apiServer.stop();
      if (authorityDirectory !== undefined) await rm(authorityDirectory, { recursive: true, force: true });
    },
  };
}

/** The directory of etcd and kube-apiserver: KUBEBUILDER_ASSETS, or else where the local cluster builds them. */
export async function findBinaries(): Promise<string> {
  return process.env['KUBEBUILDER_ASSETS'] ?? dirname((await ensureTools(['etcd', 'kube-apiserver'])).etcd);
}

/** Installs the CustomResourceDefinition and waits until lists of its resource are answered. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const { client } = cluster;
  await applyCrd(CRD_FILE, { client, clock: systemClock, log: new RecordedLog() }, AbortSignal.timeout(START_MS));
  // For a moment after it is established the API server knows of no such resource, then it prepares its storage.
  await eventually(() => cluster.list('TemperatureConverter'));
}
