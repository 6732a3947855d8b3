import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { childMetadata } from './labels.ts';
import { buildPodDisruptionBudget } from './pod-disruption-budget.ts';

describe('buildPodDisruptionBudget', () => {
  it.each([1, '50%'])("limits evictions of the resource's own ready pods to %s", (maxUnavailable) => {
    const resource = exampleConverter();
    expect(buildPodDisruptionBudget(resource, 'converter:1', { maxUnavailable })).toStrictEqual({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: childMetadata(resource, 'converter:1'),
      spec: {
        maxUnavailable,
        selector: {
          matchLabels: {
            'app.kubernetes.io/name': 'temperature-converter',
            'app.kubernetes.io/instance': 'web',
            'app.kubernetes.io/component': 'converter',
          },
        },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    });
  });
});
