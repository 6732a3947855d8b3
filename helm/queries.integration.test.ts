import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePorts } from '../controller-runtime/testing/free-ports.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { OperatorProcess } from '../integration/testing/operator-process.ts';
import { START_TIMEOUT_MS, startTestServer, type TestServer } from '../integration/testing/test-server.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { CHART_DIRECTORY, only, renderChart } from './render-chart.ts';

const NAMESPACE = 'here';
const OPERATOR_JOB = 'temperature-converter-operator-metrics';
const CONVERTERS_JOB = `${NAMESPACE}/temperature-converter-operator-converters`;
const SCRAPE_TIMEOUT_MS = 30_000;
const CONVERT = '/api/convert-fahrenheit-to-celsius?fahrenheit=212';

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

// SAFETY: the fields are those of Grafana's model.
const dashboard = JSON.parse(
  readFileSync(join(CHART_DIRECTORY, 'dashboards/temperature-converter.json'), 'utf8'),
) as Dashboard;
const PANELS = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

let server: TestServer;
let operator: OperatorProcess;
let service: ChildProcess;
let prometheus: Prometheus;
let traffic: NodeJS.Timeout;

beforeAll(async () => {
  server = await startTestServer();
  const leaderElection = ['--leader-elect=true', '--leader-election-namespace=default'];
  const flags = ['--converter-image=converter:1', '--metrics-port=0', '--health-port=0', ...leaderElection];
  operator = new OperatorProcess(['run', `--kubeconfig=${server.apiServer.kubeconfigPath}`, ...flags]);
  const { metricsPort } = await operator.logged('serving metrics and health');
  const [port = 0, serviceMetricsPort = 0] = await findFreePorts(2);
  const main = join(CHART_DIRECTORY, '..', 'service', 'main.ts');
  const env = { PORT: String(port), METRICS_PORT: String(serviceMetricsPort) };
  service = spawn(process.execPath, [main], { env, stdio: 'ignore' });
  const converterLabels = { namespace: NAMESPACE, app_kubernetes_io_instance: 'weather' };
  prometheus = await startPrometheus([
    { job: OPERATOR_JOB, port: Number(metricsPort), labels: { namespace: NAMESPACE } },
    { job: CONVERTERS_JOB, port: serviceMetricsPort, labels: converterLabels },
  ]);
  const namespace = await server.cluster.createNamespace();
  await eventually(() => fetch(`http://127.0.0.1:${port}${CONVERT}`));
  let count = 0;
  // A rate is above 0 only if something happens between two scrapes.
  traffic = setInterval(() => {
    count += 1;
    server.cluster.createConverter(namespace, `converter-${count}`).catch(() => undefined);
    fetch(`http://127.0.0.1:${port}${CONVERT}`).catch(() => undefined);
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .end('nonsense\r\n\r\n');
  }, 500);
}, START_TIMEOUT_MS);

afterAll(async () => {
  clearInterval(traffic);
  await prometheus.stop();
  service.kill('SIGTERM');
  await once(service, 'close');
  await operator.kill();
  await server[Symbol.asyncDispose]();
});

/** The query as Grafana sends it, with every operator, converter and namespace selected. */
function interpolate(expression: string): string {
  return expression.replaceAll(/\$(?:operator|converters|namespace)\b/gu, '.*').replaceAll('$__rate_interval', '10s');
}

describe('the dashboard with a Prometheus that scrapes an operator and a converter', () => {
  it.each(PANELS)(
    'has data for %s: %s',
    async (_title, expression) => {
      await eventually(async () => {
        const series = await prometheus.query(interpolate(expression));
        const values = series.map(({ value }) => Number(value[1]));
        expect(values.filter((value) => Number.isFinite(value))).not.toEqual([]);
      }, SCRAPE_TIMEOUT_MS);
    },
    SCRAPE_TIMEOUT_MS + 5_000,
  );

  it('shows the leader', async () => {
    const [leader] = await prometheus.query(interpolate('sum(leader_election_master_status{job=~"$operator"})'));
    expect(leader?.value[1]).toBe('1');
  });
});

describe('the alerts with the same Prometheus', () => {
  it('have valid expressions, and none fires while everything is healthy', async () => {
    const values = { metrics: { prometheusRule: { enabled: true }, podMonitor: { enabled: true } } };
    const { spec } = only(await renderChart(values, { namespace: NAMESPACE }), 'PrometheusRule');
    const rules = spec.groups.flatMap((group) => group.rules);
    expect(rules).toHaveLength(6);
    for (const { alert, expr } of rules) expect([alert, await prometheus.query(expr)]).toEqual([alert, []]);
  });
});
