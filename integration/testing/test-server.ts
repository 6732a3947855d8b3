import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../../local-cluster/control-plane.ts';
import { applyCrd } from '../../operator/commands/crd-installer.ts';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import { systemClock } from '../../controller-runtime/clock/clock.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { AuditLog } from '../../controller-runtime/testing/audit-log.ts';
import { Cluster } from './cluster.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';

/** The timeout to build and start a server. */
export const START_TIMEOUT_MS = 120_000;

/** The CustomResourceDefinition that the operator installs. */
export const CRD_FILE = new URL('../../crds/temperatureconverters.yaml', import.meta.url);

/** A real API server with etcd, for one test file. It runs no controllers and no nodes; the tests act as both. */
export interface TestServer extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly audit: AuditLog;
  /** A directory for the tests' files; removed with the server. */
  readonly directory: string;
}

/** Starts an API server, and installs the CustomResourceDefinition unless `crd` is false. */
export async function startTestServer({ crd = true }: { crd?: boolean } = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'operator-test-'));
  const controlPlane = await startControlPlane({ stateDirectory: directory });
  const connection = new ApiServerConnection(loadKubeConfig({ kubeconfig: controlPlane.kubeconfigPath }));
  const client = new KubeClient({ connection, userAgent: 'test-client' });
  const cluster = new Cluster(client);
  if (crd) await installCrd(cluster);
  return {
    controlPlane,
    cluster,
    audit: new AuditLog(controlPlane.auditLogPath, cluster),
    directory,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await controlPlane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Installs the CustomResourceDefinition and waits until the API server serves the resource. */
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
