import type { V1Deployment, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { readScaling } from './scaling.ts';

const deployment = { spec: { replicas: 2 }, status: { readyReplicas: 1 } } as V1Deployment;

function autoscaler(status: object): V2HorizontalPodAutoscaler {
  const target = { type: 'Utilization', averageUtilization: 80 };
  const spec = {
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'converter', target } }],
  };
  // SAFETY: as in a cluster, reduced to what is read.
  return { spec, status } as unknown as V2HorizontalPodAutoscaler;
}

const active = [
  { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: '' },
  { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: '' },
];
const measured = {
  desiredReplicas: 3,
  currentMetrics: [
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'converter', current: { averageUtilization: 190 } },
    },
  ],
};

describe('the scaling of a converter', () => {
  it('is what the autoscaler measures and wants, and what the Deployment has', () => {
    expect(readScaling(autoscaler({ ...measured, conditions: active }), deployment)).toEqual({
      cpuPercent: 190,
      targetPercent: 80,
      wantedReplicas: 3,
      readyReplicas: 1,
      minReplicas: 1,
      maxReplicas: 5,
      problem: undefined,
    });
  });

  it('has no CPU, and the reason, when the autoscaler has no metrics: its status keeps the last value', () => {
    const failed = {
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetContainerResourceMetric',
      message: 'no metrics',
    };
    expect(readScaling(autoscaler({ ...measured, conditions: [failed] }), deployment)).toMatchObject({
      cpuPercent: undefined,
      targetPercent: 80,
      wantedReplicas: 3,
      problem: 'FailedGetContainerResourceMetric: no metrics',
    });
  });

  it('wants what the Deployment has before the first report of the autoscaler', () => {
    expect(readScaling(autoscaler({ desiredReplicas: 0 }), deployment)).toMatchObject({
      cpuPercent: undefined,
      wantedReplicas: 2,
      problem: 'the autoscaler has not reported yet',
    });
  });

  it('has no ready replica before the Deployment reports one', () => {
    expect(
      readScaling(autoscaler({ ...measured, conditions: active }), { spec: { replicas: 1 } } as V1Deployment)
        .readyReplicas,
    ).toBe(0);
  });
});
