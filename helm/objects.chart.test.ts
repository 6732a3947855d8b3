import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { ALL_FEATURES, ALL_MONITORING } from './all-features.ts';
import { describeObject, only, renderChart, runHelm, CHART_DIRECTORY, type Values } from './render-chart.ts';

const NAME = 'temperature-converter-operator';

const EVERYTHING: Values = {
  ...ALL_FEATURES,
  metrics: { ...ALL_MONITORING.metrics, service: { enabled: true } },
};
const DEFAULT_OBJECTS = [
  `ClusterRole ${NAME}`,
  `ClusterRole ${NAME}-crds`,
  `ClusterRole ${NAME}-edit`,
  `ClusterRole ${NAME}-view`,
  `ClusterRoleBinding ${NAME}`,
  `ClusterRoleBinding ${NAME}-crds`,
  `Deployment ${NAME}`,
  `Job ${NAME}-crds`,
  `Pod ${NAME}-test`,
  `Role ${NAME}-leader-election`,
  `RoleBinding ${NAME}-leader-election`,
  `Service ${NAME}-metrics`,
  `ServiceAccount ${NAME}`,
  `ServiceAccount ${NAME}-crds`,
  'TemperatureConverter temperature-converter',
];
const CRDS = DEFAULT_OBJECTS.filter((object) => object.endsWith('-crds'));

describe('the objects of a release', () => {
  it('are these with the default values', async () => {
    const objects = await renderChart();
    expect(objects.map(describeObject).toSorted()).toEqual(DEFAULT_OBJECTS);
  });

  it.each<[string, Values, { without?: readonly string[]; with?: readonly string[] }]>([
    [
      'no converter and no test pod',
      { instance: { enabled: false } },
      { without: ['TemperatureConverter temperature-converter', `Pod ${NAME}-test`] },
    ],
    ['no ServiceAccount', { serviceAccount: { create: false } }, { without: [`ServiceAccount ${NAME}`] }],
    [
      'no permissions except for the Job',
      { rbac: { create: false } },
      {
        without: [
          `ClusterRole ${NAME}`,
          `ClusterRole ${NAME}-edit`,
          `ClusterRole ${NAME}-view`,
          `ClusterRoleBinding ${NAME}`,
          `Role ${NAME}-leader-election`,
          `RoleBinding ${NAME}-leader-election`,
        ],
      },
    ],
    [
      'no aggregated roles',
      { rbac: { aggregate: false } },
      { without: [`ClusterRole ${NAME}-edit`, `ClusterRole ${NAME}-view`] },
    ],
    [
      'no permission on a Lease',
      { operator: { leaderElection: { enabled: false } } },
      { without: [`Role ${NAME}-leader-election`, `RoleBinding ${NAME}-leader-election`] },
    ],
    ['no Job', { crds: { upgrade: false } }, { without: CRDS }],
    ['no Service for metrics', { metrics: { service: { enabled: false } } }, { without: [`Service ${NAME}-metrics`] }],
    ['a PodDisruptionBudget', { operator: { replicas: 2 } }, { with: [`PodDisruptionBudget ${NAME}`] }],
    [
      'no PodDisruptionBudget with several replicas',
      { operator: { replicas: 2 }, podDisruptionBudget: { enabled: false } },
      {},
    ],
    ['a NetworkPolicy', { networkPolicy: { enabled: true } }, { with: [`NetworkPolicy ${NAME}`] }],
    ['a ServiceMonitor', { metrics: { serviceMonitor: { enabled: true } } }, { with: [`ServiceMonitor ${NAME}`] }],
    ['a PodMonitor', { metrics: { podMonitor: { enabled: true } } }, { with: [`PodMonitor ${NAME}-converters`] }],
    ['a PrometheusRule', { metrics: { prometheusRule: { enabled: true } } }, { with: [`PrometheusRule ${NAME}`] }],
    [
      'a dashboard in another namespace',
      { metrics: { dashboard: { enabled: true, namespace: 'grafana' } } },
      { with: [`ConfigMap grafana/${NAME}-dashboard`] },
    ],
    [
      'a Role in each watched namespace instead of ClusterRoles',
      { watchNamespaces: ['here', 'there'] },
      {
        without: [...DEFAULT_OBJECTS.filter((object) => object.startsWith('Cluster')), ...CRDS],
        with: [`Role ${NAME}`, `Role there/${NAME}`, `RoleBinding ${NAME}`, `RoleBinding there/${NAME}`],
      },
    ],
  ])('include %s according to the values', async (_what, values, difference) => {
    const objects = await renderChart(values);
    const expected = [
      ...DEFAULT_OBJECTS.filter((object) => !difference.without?.includes(object)),
      ...(difference.with ?? []),
    ];
    expect(objects.map(describeObject).toSorted()).toEqual(expected.toSorted());
  });

  it('have the common labels and annotations, and so have the pods', async () => {
    const objects = await renderChart({
      ...EVERYTHING,
      commonLabels: { team: 'weather' },
      commonAnnotations: { 'example.com/by': 'us' },
    });
    const templates = [only(objects, 'Deployment').spec?.template, only(objects, 'Job').spec?.template];
    for (const metadata of [...objects, ...templates].map((object) => object?.metadata)) {
      expect(metadata?.labels).toMatchObject({ team: 'weather', 'app.kubernetes.io/part-of': 'temperature-converter' });
      expect(metadata?.annotations).toHaveProperty(['example.com/by'], 'us');
    }
    expect(only(objects, 'Job').metadata.annotations).toHaveProperty(['helm.sh/hook']);
  });

  it('include the default converter, whose objects and pods have the common labels and annotations too', async () => {
    const common = { commonLabels: { team: 'weather' }, commonAnnotations: { 'example.com/by': 'us' } };
    expect(only(await renderChart(common), 'TemperatureConverter').spec).toMatchObject(common);
    const { spec } = only(await renderChart(), 'TemperatureConverter');
    expect(spec).not.toHaveProperty('commonLabels');
    expect(spec).not.toHaveProperty('commonAnnotations');
  });

  it('are in the namespace of the release, unless they are cluster-scoped', async () => {
    const objects = await renderChart({ networkPolicy: { enabled: true }, operator: { replicas: 2 } });
    for (const { kind, metadata } of objects) {
      expect([kind, metadata.namespace]).toEqual([kind, kind.startsWith('Cluster') ? undefined : 'here']);
    }
  });

  it.each([
    ['temperature-converter', 'temperature-converter-operator', 'temperature-converter'],
    ['temperature-converter-operator', 'temperature-converter-operator', 'temperature-converter'],
    ['tc', 'tc-operator', 'tc'],
    ['1st.try', 'tc-1st-try-operator', 'tc-1st-try'],
    ['a'.repeat(53), `${'a'.repeat(34)}-abe346-operator`, 'a'.repeat(53)],
  ])('are named after the release %s', async (release, operator, converter) => {
    const objects = await renderChart({}, { release });
    expect(only(objects, 'Deployment').metadata.name).toBe(operator);
    expect(only(objects, 'TemperatureConverter').metadata.name).toBe(converter);
    for (const { kind, metadata } of objects.filter((object) => !object.kind.includes('Role'))) {
      expect([kind, metadata.name.length <= 63]).toEqual([kind, true]);
    }
  });

  it('have string names when the release is called true or 7', async () => {
    const objects = await renderChart({ fullnameOverride: 'on' }, { release: 'true', namespace: '7' });
    for (const { metadata } of objects) {
      expect(typeof metadata.name).toBe('string');
      expect(['string', 'undefined']).toContain(typeof metadata.namespace);
      // Pods have the operator's name.
      expect(['true', 'on']).toContain(metadata.labels?.['app.kubernetes.io/instance']);
    }
    expect(only(objects, 'TemperatureConverter').metadata).toMatchObject({ name: 'true', namespace: '7' });
  });

  it('have names from the values', async () => {
    const objects = await renderChart({ fullnameOverride: 'op', nameOverride: 'n', instance: { name: 'celsius' } });
    const operator = only(objects, 'Deployment');
    expect(operator.metadata).toMatchObject({ name: 'op', labels: { 'app.kubernetes.io/name': 'n' } });
    expect(operator.spec?.selector.matchLabels).toHaveProperty(['app.kubernetes.io/name'], 'n');
    expect(only(objects, 'TemperatureConverter').metadata.name).toBe('celsius');
  });
});

describe('the definition', () => {
  it('is in crds/ only, so that neither Helm nor Argo CD deletes it with the release or the Application', async () => {
    expect((await renderChart()).map(({ kind }) => kind)).not.toContain('CustomResourceDefinition');
    const [definition] = loadAll(await runHelm('show', 'crds', CHART_DIRECTORY));
    // Argo CD deletes no CustomResourceDefinition with an Application, unless it is a hook with a deletion policy.
    expect(definition).toMatchObject({ kind: 'CustomResourceDefinition' });
    expect(JSON.stringify(definition)).not.toMatch(/"(?:helm\.sh|argocd\.argoproj\.io)\/hook/u);
  });
});

describe('the chart', () => {
  it('passes helm lint --strict', async () => {
    expect(await runHelm('lint', '--strict', CHART_DIRECTORY)).toContain('1 chart(s) linted, 0 chart(s) failed');
  });
});
