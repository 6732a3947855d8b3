import { describe, expect, it } from '@jest/globals';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { only, renderChart, type Values } from './render-chart.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

type Deployment = ReturnType<typeof only<'Deployment'>>;

interface PodOf {
  readonly of: string;
  readonly spec: V1PodSpec | undefined;
}

async function pods(values: Values = {}): Promise<readonly PodOf[]> {
  const objects = await renderChart(values);
  return [
    { of: 'Deployment', spec: only(objects, 'Deployment').spec?.template.spec },
    { of: 'Job', spec: only(objects, 'Job').spec?.template.spec },
    { of: 'Pod', spec: only(objects, 'Pod').spec },
  ];
}

async function operator(values: Values = {}): Promise<Deployment> {
  return only(await renderChart(values), 'Deployment');
}

async function operatorContainer(values: Values = {}): Promise<V1Container | undefined> {
  return (await operator(values)).spec?.template.spec?.containers[0];
}

/** The operator's environment, by name. */
async function environment(values: Values = {}): Promise<Readonly<Record<string, unknown>>> {
  const container = await operatorContainer(values);
  return Object.fromEntries(
    (container?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.fieldRef?.fieldPath]),
  );
}

async function spread(replicas: number): Promise<unknown> {
  return (await operator({ operator: { replicas } })).spec?.template.spec?.topologySpreadConstraints;
}

describe('every pod of the chart', () => {
  it('meets the restricted Pod Security Standard, and has requests and limits', async () => {
    for (const { of, spec } of await pods()) {
      expect([of, spec?.securityContext]).toEqual([
        of,
        {
          runAsNonRoot: true,
          runAsUser: 65_532,
          runAsGroup: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      ]);
      for (const container of spec?.containers ?? []) {
        expect([of, container.securityContext]).toEqual([
          of,
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        ]);
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
      expect(spec?.enableServiceLinks).toBe(false);
    }
  });

  it('sets no user when runAsUser is null', async () => {
    for (const { spec } of await pods({ podSecurityContext: { runAsUser: null, runAsGroup: null } })) {
      expect(spec?.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    }
  });

  it('has the scheduling settings and image pull secrets from the values', async () => {
    const placement = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'infra', operator: 'Exists' }],
      priorityClassName: 'important',
    };
    const imagePullSecrets = [{ name: 'registry' }];
    for (const { spec } of await pods({ operator: placement, imagePullSecrets })) {
      expect(spec).toMatchObject({ ...placement, imagePullSecrets });
    }
  });

  it('mounts a token only if it uses the API server', async () => {
    const tokens = (await pods()).map(({ of, spec }) => [of, spec?.automountServiceAccountToken]);
    expect(tokens).toEqual([
      ['Deployment', true],
      ['Job', true],
      ['Pod', false],
    ]);
  });

  it.each<[string, Values, string]>([
    ['repository and version', { repository: 'op' }, 'op:0.1.0'],
    ['a tag', { repository: 'op', tag: '7' }, 'op:7'],
    ['a digest', { repository: 'op', digest: DIGEST }, `op@${DIGEST}`],
    ['both', { repository: 'op', tag: '7', digest: DIGEST }, `op:7@${DIGEST}`],
  ])('names its image by %s', async (_how, image, expected) => {
    const own = await pods({ operator: { image } });
    expect(own.slice(0, 2).map(({ spec }) => spec?.containers[0]?.image)).toEqual([expected, expected]);
    expect(await environment({ converter: { image } })).toMatchObject({ CONVERTER_IMAGE: expected });
    const mirrored = { imageRegistry: 'mirror.example.com:5000/team', operator: { image } };
    expect((await pods(mirrored))[0]?.spec?.containers[0]?.image).toBe(`mirror.example.com:5000/team/${expected}`);
  });
});

describe('the operator', () => {
  it('is configured by environment variables', async () => {
    expect(await environment()).toEqual({
      CONVERTER_IMAGE: 'temperature-converter-service:0.1.0',
      WATCH_NAMESPACES: '',
      WORKERS: '10',
      LOG_LEVEL: 'info',
      LEADER_ELECT: 'true',
      LEADER_ELECTION_LEASE: 'temperature-converter-operator',
      METRICS_PORT: '8080',
      HEALTH_PORT: '8081',
      POD_NAME: 'metadata.name',
      POD_NAMESPACE: 'metadata.namespace',
    });
    expect(
      await environment({
        watchNamespaces: ['here', 'there'],
        operator: {
          workers: 3,
          logLevel: 'debug',
          leaderElection: { enabled: false },
          extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=64' }],
        },
      }),
    ).toMatchObject({
      WATCH_NAMESPACES: 'here,there',
      WORKERS: '3',
      LOG_LEVEL: 'debug',
      LEADER_ELECT: 'false',
      NODE_OPTIONS: '--max-old-space-size=64',
    });
  });

  it('has the extra arguments', async () => {
    const container = await operatorContainer({ operator: { extraArgs: ['--debug-port=6060'] } });
    expect(container?.args).toEqual(['run', '--debug-port=6060']);
  });

  it('has every setting of the pod from the values', async () => {
    const topologySpreadConstraints = [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
    ];
    const { metadata, spec } = await operator({
      operator: {
        replicas: 3,
        labels: { a: '1' },
        annotations: { b: '2' },
        podLabels: { c: '3' },
        podAnnotations: { d: '4' },
        affinity: { nodeAffinity: {} },
        topologySpreadConstraints,
        terminationGracePeriodSeconds: 7,
        resources: { requests: { cpu: '1' }, limits: null },
        livenessProbe: { periodSeconds: 30 },
        readinessProbe: { failureThreshold: 9 },
      },
    });
    expect(metadata).toMatchObject({ labels: { a: '1' }, annotations: { b: '2' } });
    expect(spec).toMatchObject({
      replicas: 3,
      template: {
        metadata: { labels: { c: '3' }, annotations: { d: '4' } },
        spec: {
          affinity: { nodeAffinity: {} },
          topologySpreadConstraints,
          terminationGracePeriodSeconds: 7,
          containers: [
            {
              livenessProbe: { httpGet: { path: '/healthz', port: 'health' }, periodSeconds: 30 },
              readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, failureThreshold: 9 },
            },
          ],
        },
      },
    });
    expect(spec?.template.spec?.containers[0]?.resources?.requests).toMatchObject({ cpu: '1' });
  });

  it('spreads several replicas over nodes where possible', async () => {
    expect(await spread(1)).toBeUndefined();
    expect(await spread(2)).toMatchObject([
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ]);
  });

  it('is re-created on an update without leader election', async () => {
    const rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%' };
    expect((await operator()).spec?.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate });
    const alone = await operator({ operator: { leaderElection: { enabled: false } } });
    expect(alone.spec?.strategy).toEqual({ type: 'Recreate' });
  });

  it('selects its own pods, and no other pods of the release', async () => {
    const objects = await renderChart({ operator: { replicas: 2 }, networkPolicy: { enabled: true } });
    const { matchLabels = {} } = only(objects, 'Deployment').spec?.selector ?? {};
    expect(matchLabels).toEqual({
      'app.kubernetes.io/name': 'temperature-converter-operator',
      'app.kubernetes.io/instance': 'temperature-converter-operator',
      'app.kubernetes.io/component': 'operator',
    });
    expect(only(objects, 'Service').spec?.selector).toEqual(matchLabels);
    expect(only(objects, 'PodDisruptionBudget').spec?.selector).toEqual({ matchLabels });
    expect(only(objects, 'NetworkPolicy').spec?.podSelector).toEqual({ matchLabels });
    const others = [only(objects, 'Job').spec?.template.metadata?.labels, only(objects, 'Pod').metadata.labels];
    for (const labels of others) expect(labels).not.toMatchObject(matchLabels);
  });

  it('has no pod with the instance of the default converter, which a selector of a user may name', async () => {
    const objects = await renderChart();
    const converter = only(objects, 'TemperatureConverter').metadata.name;
    const others = [only(objects, 'Deployment').spec?.template.metadata, only(objects, 'Pod').metadata];
    for (const pod of [...others, only(objects, 'Job').spec?.template.metadata]) {
      expect(pod?.labels?.['app.kubernetes.io/instance']).toMatch(/./);
      expect(pod?.labels?.['app.kubernetes.io/instance']).not.toBe(converter);
    }
  });
});
