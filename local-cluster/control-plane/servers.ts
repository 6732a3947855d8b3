import { dump } from 'js-yaml';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Daemon, ensureDaemon, waitForDaemons } from '../process/daemon.ts';
import { getStatusCode, readCredentials } from './api-request.ts';
import { apiServerCommand } from './api-server.ts';
import { AUDIT_POLICY } from '../../controller-runtime/testing/audit-policy.ts';
import { etcdCommand } from './etcd.ts';
import { type ControlPlaneSite, controlPlaneFiles } from './site.ts';

const API_SERVER_START_MS = 90_000;

/** Starts etcd, without waiting: the API server waits for it. */
export function startEtcd(binary: string, site: ControlPlaneSite): Promise<Daemon> {
  return ensureSiteDaemon(site, 'etcd', etcdCommand(binary, site));
}

/** Starts the API server; ensureCredentials must have run. Returns before it is ready. */
export async function startApiServer(
  binary: string,
  site: ControlPlaneSite,
  flags: readonly string[],
): Promise<Daemon> {
  const files = controlPlaneFiles(site.stateDirectory);
  await mkdir(dirname(files.auditLog), { recursive: true });
  const auditPolicy = dump(AUDIT_POLICY);
  await writeFile(files.auditPolicy, auditPolicy);
  return ensureSiteDaemon(site, 'kube-apiserver', apiServerCommand(binary, site, flags), auditPolicy);
}

/** Waits until the API server is ready and has created the namespace `default`; throws DaemonDiedError if one of `daemons` ends. */
export async function waitForApiServer(
  site: ControlPlaneSite,
  daemons: readonly Daemon[],
  signal?: AbortSignal,
): Promise<void> {
  const credentials = await readCredentials(controlPlaneFiles(site.stateDirectory).adminKubeconfig);
  const isOk = async (path: string): Promise<boolean> => (await getStatusCode(credentials, path)) === 200;
  await waitForDaemons(
    daemons,
    {
      what: 'the API server to be ready',
      timeoutMs: API_SERVER_START_MS,
      probe: async () => ((await isOk('/readyz')) && (await isOk('/api/v1/namespaces/default'))) || undefined,
    },
    signal,
  );
}

/** Starts a daemon of a control plane in the network of its site, unless it runs with the same specification. */
export function ensureSiteDaemon(
  site: ControlPlaneSite,
  name: string,
  argv: readonly string[],
  configuration = '',
): Promise<Daemon> {
  const { stateDirectory, endsWithParent } = site;
  return ensureDaemon({ name, argv: site.enterNetwork(argv), configuration, stateDirectory, endsWithParent });
}
