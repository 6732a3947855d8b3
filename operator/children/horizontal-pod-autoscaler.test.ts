import { describe, expect, it } from '@jest/globals';
import { EMPTY_SPEC, exampleConverter, FULL_SPEC } from '../api/example-converter.ts';
import { buildOwnedMetadata } from '../../controller-runtime/object/object.ts';
import { buildHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { childLabels } from './labels.ts';

const IMAGE = 'converter:1';
const cpuOfConverter = (averageUtilization: number): object => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'converter', target: { type: 'Utilization', averageUtilization } },
});
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

describe('buildHorizontalPodAutoscaler', () => {
  it('with an empty spec scales between 1 and 5 replicas at 80 percent of the CPU that their container `converter` requests', () => {
    const resource = exampleConverter();
    expect(buildHorizontalPodAutoscaler(resource, IMAGE)).toStrictEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: buildOwnedMetadata(resource, childLabels(resource, IMAGE)),
      spec: {
        scaleTargetRef: TARGET,
        minReplicas: 1,
        maxReplicas: 5,
        metrics: [cpuOfConverter(80)],
      },
    });
  });

  it('with a full spec has its bounds, target and window', () => {
    const resource = exampleConverter({ spec: FULL_SPEC });
    expect(buildHorizontalPodAutoscaler(resource, IMAGE).spec).toStrictEqual({
      scaleTargetRef: TARGET,
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [cpuOfConverter(70)],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    });
  });

  it('keeps a window of 0', () => {
    const autoscaling = { ...EMPTY_SPEC.autoscaling, scaleDownStabilizationWindowSeconds: 0 };
    const resource = exampleConverter({ spec: { autoscaling } });
    expect(buildHorizontalPodAutoscaler(resource, IMAGE).spec.behavior).toEqual({
      scaleDown: { stabilizationWindowSeconds: 0 },
    });
  });
});
