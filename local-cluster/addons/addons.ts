import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiCredentials, getStatusCode, readCredentials } from '../control-plane/api-request.ts';
import { type ControlPlaneSite, controlPlaneFiles } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { type Daemon, waitForDaemons } from '../process/daemon.ts';
import { ensureModuleFiles } from '../toolchain/module-files.ts';
import type { ClusterToolName } from '../toolchain/catalog.ts';
import { kubernetesVersion, type ToolPaths } from '../tools.ts';
import { installCoredns } from './coredns.ts';
import { allowApiServerToKubelet } from './kubelet-access.ts';
import { installMetricsServer, metricsServerValues } from './metrics-server.ts';

/** The inputs for the add-ons of a cluster. */
export interface AddonParts {
  readonly site: ControlPlaneSite;
  readonly tools: ToolPaths<ClusterToolName>;
  readonly images: { readonly coredns: BuiltImage; readonly metricsServer: BuiltImage };
  /** The daemons that the add-ons depend on. */
  readonly daemons: readonly Daemon[];
  readonly log: (line: string) => void;
}

const READY_TIMEOUT_MS = 300_000;

const METRICS_SERVER_CHART = {
  pinnedBy: 'cluster',
  modulePath: 'sigs.k8s.io/metrics-server',
  part: 'charts/metrics-server',
} as const;

const DEPLOYMENTS = ['coredns', 'metrics-server'].map(
  (name) => `/apis/apps/v1/namespaces/kube-system/deployments/${name}`,
);

/** Paths that a pod of each add-on serves. */
const PATHS_SERVED_BY_PODS = {
  CoreDNS: '/api/v1/namespaces/kube-system/services/kube-dns:metrics/proxy/metrics',
  'metrics-server': '/apis/metrics.k8s.io/v1beta1',
} as const;

/** Installs CoreDNS and metrics-server unless they are installed, and waits until both respond. The nodes must be ready. */
export async function installAddons(parts: AddonParts, signal?: AbortSignal): Promise<void> {
  const { site, log } = parts;
  const credentials = await readCredentials(controlPlaneFiles(site.stateDirectory).adminKubeconfig);
  const done = join(site.stateDirectory, 'addons.json');
  const wanted = JSON.stringify([
    kubernetesVersion(),
    parts.images.coredns,
    metricsServerValues(parts.images.metricsServer),
  ]);
  const isDone = existsSync(done) && (await readFile(done, 'utf8')) === wanted;
  if (!isDone || !(await areAll(200, credentials, DEPLOYMENTS))) {
    log('installing CoreDNS and metrics-server');
    await install(parts, signal);
    await writeFile(done, wanted);
  }
  log('waiting for CoreDNS and metrics-server');
  const wait = async (what: string, isTrue: () => Promise<boolean>): Promise<true> => {
    const probe = async (): Promise<true | undefined> => (await isTrue()) || undefined;
    return waitForDaemons(parts.daemons, { what, timeoutMs: READY_TIMEOUT_MS, intervalMs: 250, probe }, signal);
  };
  for (const [name, path] of Object.entries(PATHS_SERVED_BY_PODS)) {
    await wait(`${name} to respond`, () => areAll(200, credentials, [path]));
  }
}

async function install({ tools, site, images, log }: AddonParts, signal?: AbortSignal): Promise<void> {
  const kubeadm = { kubeadm: tools.kubeadm, kubectl: tools.kubectl, kubernetesVersion: kubernetesVersion() };
  await allowApiServerToKubelet(tools.kubectl, site, signal);
  await installCoredns(kubeadm, site, images.coredns, signal);
  const chart = await ensureModuleFiles(METRICS_SERVER_CHART, log, signal);
  await installMetricsServer({ helm: tools.helm, chart }, site, images.metricsServer, signal);
}

async function areAll(code: number, credentials: ApiCredentials, paths: readonly string[]): Promise<boolean> {
  const codes = await Promise.all(paths.map((path) => getStatusCode(credentials, path)));
  return codes.every((found) => found === code);
}
