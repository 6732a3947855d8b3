import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { ensureModuleFiles } from '../local-cluster/toolchain/module-files.ts';
import {
  type TestApiServer,
  failureOf,
  HELM_TIMEOUT_MS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { ALL_FEATURES } from './all-features.ts';
import { only, renderChart } from './render-chart.ts';

/** The Prometheus Operator's CustomResourceDefinitions. */
const MONITORING_DEFINITIONS = {
  pinnedBy: 'tests',
  modulePath: 'github.com/prometheus-operator/prometheus-operator',
  part: 'example/prometheus-operator-crd',
} as const;
const MONITORING_KINDS = ['servicemonitors', 'podmonitors', 'prometheusrules'];

const ALL_MONITORING = {
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

let cluster: TestApiServer;

beforeAll(async () => {
  cluster = await startTestApiServer();
  await cluster.applyCrd();
  await cluster.waitForCrd();
  const directory = await ensureModuleFiles(MONITORING_DEFINITIONS, () => undefined);
  const files = (await readdir(directory)).filter((file) => MONITORING_KINDS.some((kind) => file.includes(kind)));
  expect(files).toHaveLength(MONITORING_KINDS.length);
  for (const file of files) await cluster.kubectl('create', '-f', join(directory, file));
  const names = MONITORING_KINDS.map((kind) => `crd/${kind}.monitoring.coreos.com`);
  // Until a new definition has a status, kubectl wait fails at once.
  await eventually(() => cluster.kubectl('wait', '--for=condition=Established', ...names, '--timeout=30s'));
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

async function validate(objects: readonly object[]): Promise<readonly string[]> {
  return cluster.warningsOf('create', '--dry-run=server', '--validate=strict', '-f', await cluster.fileOf(...objects));
}

describe('a server-side dry run', () => {
  it.each([
    ['the default values', {}],
    ['all features', ALL_FEATURES],
    ['all monitoring', ALL_MONITORING],
    ['watched namespaces', { ...ALL_FEATURES, watchNamespaces: [NAMESPACE] }],
    ['no user', { podSecurityContext: { runAsUser: null, runAsGroup: null } }],
    ['no leader election', { operator: { leaderElection: { enabled: false } } }],
    ['no optional objects', { instance: { enabled: false }, crds: { upgrade: false }, rbac: { create: false } }],
  ])(
    'accepts the rendered objects, with strict validation in a restricted namespace: %s',
    async (_what, values) => {
      expect(await validate(await renderChart(values, { namespace: NAMESPACE }))).toEqual([]);
    },
    HELM_TIMEOUT_MS,
  );

  it(
    'refuses an unknown field, and warns about an unrestricted pod',
    async () => {
      const objects = await renderChart(ALL_MONITORING, { namespace: NAMESPACE });
      for (const kind of ['Deployment', 'ServiceMonitor', 'PodMonitor', 'PrometheusRule'] as const) {
        const misspelled = Object.assign({ unknownField: 1 }, only(objects, kind));
        expect(await failureOf(validate([misspelled]))).toContain('unknown field "unknownField"');
      }
      const root = await renderChart({ podSecurityContext: { runAsNonRoot: false } }, { namespace: NAMESPACE });
      expect((await validate([only(root, 'Deployment')])).join()).toContain('would violate PodSecurity "restricted');
    },
    HELM_TIMEOUT_MS,
  );
});
