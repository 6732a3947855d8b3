import { CommandFailedError } from '../../local-cluster/process/run-command.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { CONVERTER, RELEASE, SAMPLE } from './demo-objects.ts';
import { nextSteps } from './next-steps.ts';
import { log } from './progress.ts';
import { withPodProgress } from './watch-pods.ts';

const CONVERSION = '/api/convert-fahrenheit-to-celsius?fahrenheit=212';

/** Runs in the converter's pod, which has Node.js; through the Service, as any other client in the cluster. */
const REQUEST = 'fetch(process.argv[1]).then((r) => r.text()).then((text) => console.log(text))';

/** Installs the chart, applies a converter, calls it, and prints what to try next. */
export async function runDemo(cluster: DemoCluster, signal: AbortSignal): Promise<void> {
  await install(cluster, signal);
  await cluster.afterInstallation?.(signal);
  log(`applying ${SAMPLE}`);
  const namespace = cluster.converterNamespace;
  await cluster.kubectl(['apply', '-n', namespace, '-f', SAMPLE], signal);
  log('waiting until it is ready');
  const wait = [
    'wait',
    '-n',
    namespace,
    '--for=condition=Ready',
    `temperatureconverter/${CONVERTER}`,
    '--timeout=180s',
  ];
  await withPodProgress(cluster, namespace, (inner) => cluster.kubectl(wait, inner), signal);
  log(`calling it through its Service: GET ${CONVERSION}`);
  const answer = await call(cluster, signal);
  const table = await cluster.kubectl(['get', 'temperatureconverters', '--all-namespaces'], signal);
  console.log(`\n${answer}\n$ kubectl get tc -A\n${table}\n${nextSteps(cluster)}`);
}

async function install(cluster: DemoCluster, signal: AbortSignal): Promise<void> {
  const { operatorNamespace } = cluster;
  await removeInterruptedRelease(cluster, signal);
  log(`installing the chart: helm upgrade --install ${RELEASE} ./helm -n ${operatorNamespace}`);
  const upgrade = ['upgrade', '--install', RELEASE, './helm', '--namespace', operatorNamespace, '--create-namespace'];
  await withPodProgress(
    cluster,
    operatorNamespace,
    (inner) => cluster.helm([...upgrade, '--wait', '--timeout=5m', ...cluster.chartArguments], inner),
    signal,
  );
}

/** The status of a release whose last operation was interrupted, which Helm refuses to upgrade. */
const INTERRUPTED = /^(?:pending-.+|uninstalling)$/u;

async function removeInterruptedRelease(cluster: DemoCluster, signal: AbortSignal): Promise<void> {
  const status = await releaseStatus(cluster, signal);
  if (status === undefined || !INTERRUPTED.test(status)) return;
  log(`removing the release ${RELEASE}, which an interrupted run left in the status ${status}`);
  await cluster.helm(['uninstall', RELEASE, '--namespace', cluster.operatorNamespace, '--wait'], signal);
}

async function releaseStatus(cluster: DemoCluster, signal: AbortSignal): Promise<string | undefined> {
  try {
    const text = await cluster.helm(
      ['status', RELEASE, '--namespace', cluster.operatorNamespace, '-o', 'json'],
      signal,
    );
    return (JSON.parse(text) as { readonly info: { readonly status: string } }).info.status; // The documented format.
  } catch (error) {
    if (error instanceof CommandFailedError && error.output.includes('not found')) return undefined;
    throw error;
  }
}

async function call({ kubectl, converterNamespace }: DemoCluster, signal: AbortSignal): Promise<string> {
  const tc = ['get', 'temperatureconverter', CONVERTER, '-n', converterNamespace, '-o', 'jsonpath={.status.url}'];
  const url = `${await kubectl(tc, signal)}${CONVERSION}`;
  return kubectl(
    ['exec', '-n', converterNamespace, `deployment/${CONVERTER}`, '-c', 'converter', '--', 'node', '-e', REQUEST, url],
    signal,
  );
}
