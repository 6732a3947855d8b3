import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type TestApiServer,
  failureOf,
  HELM_TIMEOUT_MS,
  NAMESPACE,
  START_TIMEOUT_MS,
  startTestApiServer,
} from './test-api-server.ts';
import { ALL_FEATURES, ALL_MONITORING } from './all-features.ts';
import { installMonitoringDefinitions } from './monitoring-definitions.ts';
import { only, renderChart } from './render-chart.ts';

let cluster: TestApiServer;

beforeAll(async () => {
  cluster = await startTestApiServer();
  await cluster.applyCrd();
  await cluster.waitForCrd();
  await installMonitoringDefinitions(cluster);
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

  // Before 1.36, the name of a Service must begin with a letter; it never has dots.
  it.each(['1', '1.30', '9-operator', 'a.b', `${'1.'.repeat(26)}1`])(
    'accepts every name that is derived from the release %s, on each version of Kubernetes',
    async (release) => {
      const objects = await renderChart({ ...ALL_FEATURES, ...ALL_MONITORING }, { namespace: NAMESPACE, release });
      expect(await validate(objects)).toEqual([]);
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
