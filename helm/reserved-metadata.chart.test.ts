import { describe, expect, it } from '@jest/globals';
import { readValueDescriptions } from '../scripts/generate-values-reference.ts';
import { only, refusalOf, renderChart, type Values } from './render-chart.ts';

/** Labels of alerts, not of objects. */
const LABELS_OF_ALERTS = 'metrics.prometheusRule.alertLabels';
const paths = readValueDescriptions().map(({ path }) => path);
const LABELS = [...paths.filter((path) => /labels$/iu.test(path) && path !== LABELS_OF_ALERTS), 'instance.pod.labels'];
const ANNOTATIONS = [...paths.filter((path) => /annotations$/iu.test(path)), 'instance.pod.annotations'];

const OPERATOR_LABELS = ['name', 'instance', 'component', 'part-of', 'managed-by', 'version'];

function at(path: string, value: unknown): Values {
  // SAFETY: every path has a key.
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

async function hookPods(values: Values): Promise<readonly { labels?: unknown; annotations?: unknown }[]> {
  const objects = await renderChart(values);
  return [only(objects, 'Job').spec?.template.metadata ?? {}, only(objects, 'Pod').metadata];
}

describe('a label of the chart or of the operator', () => {
  it('is among all labels in the values', () => {
    expect(LABELS.length).toBeGreaterThan(10);
    expect(ANNOTATIONS.length).toBeGreaterThan(9);
  });

  it.each(LABELS)('is refused by name in %s', async (path) => {
    const keys = [...OPERATOR_LABELS.map((name) => `app.kubernetes.io/${name}`), 'helm.sh/chart', 'job-name'];
    const refusals = await Promise.all(keys.map((key) => refusalOf(at(path, { good: 'a', [key]: 'b' }))));
    refusals.forEach((refusal, index) => {
      expect(refusal).toContain(`${path}: the label ${keys[index]} is reserved`);
    });
  });
});

describe('an annotation of Helm, Kubernetes or the operator', () => {
  it.each(ANNOTATIONS)('is refused by name in %s', async (path) => {
    const keys = ['helm.sh/hook', 'meta.helm.sh/release-name', 'temperature-converter.io/adopt'];
    const refusals = await Promise.all(keys.map((key) => refusalOf(at(path, { good: 'a', [key]: 'b' }))));
    refusals.forEach((refusal, index) => {
      expect(refusal).toContain(`${path}: the annotation ${keys[index]} is reserved`);
    });
  });
});

describe("a pod of the chart is not one of a converter's", () => {
  it.each<[string, Values]>([
    ['by default', {}],
    ['with the name of the converters', { nameOverride: 'temperature-converter' }],
    ['with every name of the converters', { nameOverride: 'temperature-converter', fullnameOverride: 'weather-op' }],
    [
      'with a converter of the name of the release',
      { nameOverride: 'temperature-converter', instance: { name: 'weather' } },
    ],
  ])('%s', async (_what, values) => {
    const objects = await renderChart(values, { release: 'weather' });
    const pods = [
      ['operator', only(objects, 'Deployment').spec?.template.metadata?.labels],
      ['crds', only(objects, 'Job').spec?.template.metadata?.labels],
      ['test', only(objects, 'Pod').metadata.labels],
    ] as const;
    for (const [component, labels] of pods) expect(labels).toHaveProperty(['app.kubernetes.io/component'], component);
    const { matchLabels } = only(objects, 'Deployment').spec?.selector ?? {};
    expect(matchLabels).toHaveProperty(['app.kubernetes.io/component'], 'operator');
  });
});

describe('a pod of a hook', () => {
  it('opts out of injected sidecars', async () => {
    for (const pod of await hookPods({})) {
      expect(pod).toMatchObject({
        labels: { 'sidecar.istio.io/inject': 'false', 'kuma.io/sidecar-injection': 'disabled' },
        annotations: {
          'sidecar.istio.io/inject': 'false',
          'linkerd.io/inject': 'disabled',
          'consul.hashicorp.com/connect-inject': 'false',
          'kuma.io/sidecar-injection': 'disabled',
          'sidecar.opentelemetry.io/inject': 'false',
        },
      });
    }
  });

  it('has labels and annotations of its own, which null removes', async () => {
    const hooks = {
      podLabels: { mine: 'a', 'sidecar.istio.io/inject': null },
      podAnnotations: { mine: 'b', 'linkerd.io/inject': 'enabled' },
    };
    for (const pod of await hookPods({ hooks })) {
      expect(pod).toMatchObject({ labels: { mine: 'a' }, annotations: { mine: 'b', 'linkerd.io/inject': 'enabled' } });
      expect(pod.labels).not.toHaveProperty(['sidecar.istio.io/inject']);
    }
  });

  it('does not opt the operator out', async () => {
    const { metadata } = only(await renderChart(), 'Deployment').spec?.template ?? {};
    expect(Object.keys(metadata?.labels ?? {}).filter((key) => key.includes('inject'))).toEqual([]);
    expect(metadata?.annotations).toBeUndefined();
  });
});
