import { describe, expect, it } from '@jest/globals';
import { only, refusalOf, renderChart, runHelm, CHART_DIRECTORY, type Values } from './render-chart.ts';

async function specOf(values: Values): Promise<unknown> {
  return only(await renderChart(values), 'TemperatureConverter').spec;
}

async function notes(...args: readonly string[]): Promise<string> {
  const printed = await runHelm('install', 'celsius', CHART_DIRECTORY, '-n', 'here', '--dry-run=client', ...args);
  return printed.slice(printed.indexOf('NOTES:'));
}

const DEFAULT_SPEC = {
  service: { port: 80, type: 'ClusterIP' },
  autoscaling: { minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 80 },
  logLevel: 'info',
};

describe('the default converter', () => {
  it('is not a hook, so it is updated and deleted with the release', async () => {
    const { metadata } = only(await renderChart(), 'TemperatureConverter');
    expect(metadata.annotations).toBeUndefined();
  });

  it.each<[string, Values, unknown]>([
    ['by default', {}, DEFAULT_SPEC],
    ['with another port', { service: { port: 8080 } }, { ...DEFAULT_SPEC, service: { port: 8080, type: 'ClusterIP' } }],
    [
      'with a node port',
      { service: { type: 'NodePort', nodePort: 30_732 } },
      { ...DEFAULT_SPEC, service: { port: 80, type: 'NodePort', nodePort: 30_732 } },
    ],
    [
      'with a load balancer',
      { service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } } },
      { ...DEFAULT_SPEC, service: { port: 80, type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } } },
    ],
    [
      'with other numbers of replicas',
      {
        instance: {
          autoscaling: {
            minReplicas: 2,
            maxReplicas: 3,
            targetCPUUtilizationPercentage: 50,
            scaleDownStabilizationWindowSeconds: 0,
          },
        },
      },
      {
        ...DEFAULT_SPEC,
        autoscaling: {
          minReplicas: 2,
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
          scaleDownStabilizationWindowSeconds: 0,
        },
      },
    ],
    [
      'with every other value',
      {
        instance: {
          image: 'mine:1',
          imagePullPolicy: 'Always',
          resources: { requests: { cpu: 1 } },
          logLevel: 'debug',
          pod: { labels: { a: 'b' }, tolerations: [{ operator: 'Exists' }] },
          paused: true,
        },
      },
      {
        ...DEFAULT_SPEC,
        image: 'mine:1',
        imagePullPolicy: 'Always',
        resources: { requests: { cpu: 1 } },
        logLevel: 'debug',
        pod: { labels: { a: 'b' }, tolerations: [{ operator: 'Exists' }] },
        paused: true,
      },
    ],
    [
      'with the image pull secrets of the chart',
      { imagePullSecrets: [{ name: 'registry' }] },
      { ...DEFAULT_SPEC, pod: { imagePullSecrets: [{ name: 'registry' }] } },
    ],
    [
      'with its own image pull secrets',
      { imagePullSecrets: [{ name: 'registry' }], instance: { pod: { imagePullSecrets: [] } } },
      { ...DEFAULT_SPEC, pod: { imagePullSecrets: [] } },
    ],
  ])('has the spec from the values: %s', async (_what, values, spec) => {
    expect(await specOf(values)).toEqual(spec);
  });

  it('has the labels and annotations from the values', async () => {
    const objects = await renderChart({ instance: { labels: { a: '1' }, annotations: { b: '2' } } });
    expect(only(objects, 'TemperatureConverter').metadata).toMatchObject({
      labels: { a: '1' },
      annotations: { b: '2' },
    });
  });

  it('must be in a namespace that the operator watches', async () => {
    expect(await refusalOf({ watchNamespaces: ['there'] })).toContain(
      'watchNamespaces: the default converter is in the namespace here, which the operator would not watch',
    );
    await renderChart({ watchNamespaces: ['there'], instance: { enabled: false } });
  });
});

describe('the test of the release', () => {
  it("calls the default converter with a program of the operator's image, whatever the converter's is", async () => {
    const values = { service: { port: 81 }, instance: { image: 'mine:1' }, operator: { image: { tag: '7' } } };
    const container = only(await renderChart(values), 'Pod').spec?.containers[0];
    expect(container).toMatchObject({ image: 'temperature-converter-operator:7', imagePullPolicy: 'IfNotPresent' });
    expect(container?.env?.[0]?.value).toBe(
      'http://temperature-converter.here.svc:81/api/convert-fahrenheit-to-celsius?fahrenheit=212',
    );
  });

  it('is deleted after success and failure, since helm uninstall would leave it, and Helm prints its log first', async () => {
    expect(only(await renderChart(), 'Pod').metadata.annotations).toMatchObject({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded,hook-failed',
      'helm.sh/hook-output-log-policy': 'hook-succeeded,hook-failed',
    });
  });
});

describe('the notes', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      'the default converter',
      ['--set', 'service.port=8080'],
      [
        'kubectl wait --for=condition=Ready --timeout=3m tc/celsius -n here',
        'helm test celsius -n here',
        'kubectl port-forward -n here service/celsius 8080:8080',
        'http://celsius.here.svc:8080.',
        'watches all namespaces',
      ],
      ['kubectl apply'],
    ],
    ['a node port', ['--set', 'service.type=NodePort'], ['{.spec.ports[0].nodePort}'], []],
    ['a load balancer', ['--set', 'service.type=LoadBalancer'], ['kubectl get service celsius -n here\n'], []],
    ['no converter', ['--set', 'instance.enabled=false'], ['kubectl apply -f - <<'], ['helm test', 'port-forward']],
    [
      'some namespaces',
      ['--set', 'watchNamespaces={here,there}'],
      ['watches the namespaces here, there.', 'kubectl apply --server-side -f crds/temperatureconverters.yaml'],
      [],
    ],
  ])('show the next commands: %s', async (_what, args, present, absent) => {
    const text = await notes(...args);
    for (const line of present) expect(text).toContain(line);
    for (const line of absent) expect(text).not.toContain(line);
  });
});
