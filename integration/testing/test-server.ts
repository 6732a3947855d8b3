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

/** How long starting, or building what is to be started, may take. */
export const START_MS = 120_000;

/** The CustomResourceDefinition that the product installs. */
export const CRD_FILE = new URL('../../crds/temperatureconverters.yaml', import.meta.url);

/** A real API server of one test file's own: objects are stored and checked; controllers and nodes are played by the tests. */
export interface TestServer extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly audit: AuditLog;
  /** For files of the tests; removed with the server. */
  readonly directory: string;
}

/** Starts an API server, with the CustomResourceDefinition unless `crd` is false. */
export async function startTestServer({ crd = true }: { crd?: boolean } = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'operator-test-'));
  const controlPlane = await startControlPlane({ stateDirectory: directory });
  const connection = new ApiServerConnection(loadKubeConfig({ kubeconfig: controlPlane.kubeconfigPath }));
  const client = new KubeClient({ connection, userAgent: 'somebody-else' });
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

/** Installs the CustomResourceDefinition and waits until lists of its resource are answered. */
export async function installCrd(cluster: Cluster): Promise<void> {
  const { client } = cluster;
  await applyCrd(CRD_FILE, { client, clock: systemClock, log: new RecordedLog() }, AbortSignal.timeout(START_MS));
  // For a moment after it is established the API server knows of no such resource, then it prepares its storage.
  await eventually(() => cluster.list('TemperatureConverter'));
}
