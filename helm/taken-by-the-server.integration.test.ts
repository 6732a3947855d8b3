import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureModuleFiles } from '../local-cluster/toolchain/module-files.ts';
import { type BareCluster, failureOf, HELM_MS, NAMESPACE, START_TIMEOUT_MS, startBareCluster } from './bare-cluster.ts';
import { EVERYTHING } from './every-switch.ts';
import { only, renderChart } from './render-chart.ts';

/** The definitions of ServiceMonitor, PodMonitor and PrometheusRule, as the Prometheus Operator installs them. */
const MONITORING_DEFINITIONS = {
  pinnedBy: 'tests',
  modulePath: 'github.com/prometheus-operator/prometheus-operator',
  part: 'example/prometheus-operator-crd',
} as const;
const MONITORING_KINDS = ['servicemonitors', 'podmonitors', 'prometheusrules'];

const MONITORED = {
  metrics: {
    serviceMonitor: {
      enabled: true,
      interval: '30s',
      scrapeTimeout: '10s',
      labels: { release: 'prometheus' },
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      metricRelabelings: [{ sourceLabels: ['__name__'], action: 'drop', regex: 'go_.*' }],
    },
    podMonitor: { enabled: true, interval: '15s' },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
};

let cluster: BareCluster;

beforeAll(async () => {
  cluster = await startBareCluster();
  await cluster.applyDefinition();
  await cluster.waitForDefinition();
  const directory = await ensureModuleFiles(MONITORING_DEFINITIONS, () => undefined);
  const files = (await readdir(directory)).filter((file) => MONITORING_KINDS.some((kind) => file.includes(kind)));
  expect(files).toHaveLength(MONITORING_KINDS.length);
  for (const file of files) await cluster.kubectl('create', '-f', join(directory, file));
  const names = MONITORING_KINDS.map((kind) => `crd/${kind}.monitoring.coreos.com`);
  await cluster.kubectl('wait', '--for=condition=Established', ...names, '--timeout=30s');
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

async function validate(objects: readonly object[]): Promise<readonly string[]> {
  return cluster.warningsOf('create', '--dry-run=server', '--validate=strict', '-f', await cluster.fileOf(...objects));
}

// It knows every field, every bound and the Pod Security Standard of the namespace, which no copy of its schemas does.
describe('what the chart makes', () => {
  it.each([
    ['as it is', {}],
    ['with everything', EVERYTHING],
    ['with everything that Prometheus reads', MONITORED],
    ['for some namespaces', { ...EVERYTHING, watchNamespaces: [NAMESPACE] }],
    ['without a user of its own', { podSecurityContext: { runAsUser: null, runAsGroup: null } }],
    ['without leader election', { operator: { leaderElection: { enabled: false } } }],
    [
      'without what can be left out',
      { instance: { enabled: false }, crds: { upgrade: false }, rbac: { create: false } },
    ],
  ])(
    'is taken by the API server, strictly and in a restricted namespace: %s',
    async (_what, values) => {
      expect(await validate(await renderChart(values, { namespace: NAMESPACE }))).toEqual([]);
    },
    HELM_MS,
  );

  it(
    'would not be taken with an unknown field, of Kubernetes or of the Prometheus Operator, nor unrestricted unnoticed',
    async () => {
      const objects = await renderChart(MONITORED, { namespace: NAMESPACE });
      for (const kind of ['Deployment', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule'] as const) {
        const misspelt = Object.assign({ unknownField: 1 }, only(objects, kind));
        expect(await failureOf(validate([misspelt]))).toContain('unknown field "unknownField"');
      }
      const root = await renderChart({ podSecurityContext: { runAsNonRoot: false } }, { namespace: NAMESPACE });
      expect((await validate([only(root, 'Deployment')])).join()).toContain('would violate PodSecurity "restricted');
    },
    HELM_MS,
  );
});
