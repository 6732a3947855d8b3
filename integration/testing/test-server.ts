import { rm } from 'node:fs/promises';
import { ensureApiServer, selectedApiServerVersion } from '../../local-cluster/api-server-versions.ts';
import { applyCrd } from '../../operator/commands/crd-installer.ts';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection } from '../../controller-runtime/client/connection.ts';
import { systemClock } from '../../controller-runtime/clock/clock.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { type ApiServer, startApiServer } from '../../controller-runtime/testing/api-server.ts';
import type { AuditLog } from '../../controller-runtime/testing/audit-log.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { Cluster } from './cluster.ts';
import { streamsLists } from './server-features.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';

/** The timeout to build and start a server. */
export const START_TIMEOUT_MS = 120_000;

/** The CustomResourceDefinition that the operator installs. */
export const CRD_FILE = new URL('../../crds/temperatureconverters.yaml', import.meta.url);

/** A real API server with etcd, for one test file. It runs no controllers and no nodes; the tests act as both. */
export interface TestServer extends AsyncDisposable {
  readonly apiServer: ApiServer;
  readonly cluster: Cluster;
  readonly audit: AuditLog;
  /** Whether the API server streams initial lists, which not every version does. */
  readonly streamsLists: boolean;
  /** A directory for the tests' files; removed with the server. */
  readonly directory: string;
  /** The directory of the certificate authority that the API server trusts; undefined if it accepts no client certificates. */
  readonly authorityDirectory: string | undefined;
}

/** Options of a test server. */
export interface TestServerOptions {
  /** Whether the CustomResourceDefinition is installed; true by default. */
  readonly crd?: boolean;
  /** Whether users can authenticate by a client certificate; false by default. */
  readonly clientCertificates?: boolean;
}

/** Starts an API server from the binaries in KUBEBUILDER_ASSETS, or else from those that the local cluster builds. */
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
  const client = new KubeClient({ connection, userAgent: 'test-client' });
  const cluster = new Cluster(client);
  if (crd) await installCrd(cluster);
  return {
    apiServer,
    cluster,
    audit: apiServer.audit,
    streamsLists: await streamsLists(client),
    directory: apiServer.directory,
    authorityDirectory,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await apiServer.stop();
      if (authorityDirectory !== undefined) await rm(authorityDirectory, { recursive: true, force: true });
    },
  };
}

/**
 * The directory of etcd and kube-apiserver: the one in KUBEBUILDER_ASSETS, or else of the version of Kubernetes that
 * KUBERNETES_VERSION names, such as 1.30, by default of the newest one.
 */
export async function findBinaries(): Promise<string> {
  return process.env['KUBEBUILDER_ASSETS'] ?? (await ensureApiServer(selectedApiServerVersion()));
}

/** Installs the CustomResourceDefinition and waits until lists of its resource are answered. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const { client } = cluster;
  await applyCrd(
    CRD_FILE,
    { client, clock: systemClock, log: new RecordedLog() },
    AbortSignal.timeout(START_TIMEOUT_MS),
  );
  // For a moment after Established, the API server answers 404, then 429 while it initializes the storage.
  await eventually(() => cluster.list('TemperatureConverter'));
}
