import type { AcceptedSpec, RefusedSpec } from './spec-case.ts';

/** Specs with an `autoscaling` that is taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'the fewest replicas', spec: { autoscaling: { minReplicas: 1, maxReplicas: 1 } } },
  { what: 'the most replicas', spec: { autoscaling: { minReplicas: 5, maxReplicas: 5 } } },
  { what: 'the lowest target', spec: { autoscaling: { targetCPUUtilizationPercentage: 1 } } },
  { what: 'the highest target', spec: { autoscaling: { targetCPUUtilizationPercentage: 100 } } },
  { what: 'no wait before scaling down', spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 0 } } },
  { what: 'the longest wait', spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 3600 } } },
];

/** Specs with an `autoscaling` that is refused. */
export const REFUSED: readonly RefusedSpec[] = [
  {
    what: 'no replicas',
    spec: { autoscaling: { minReplicas: 0 } },
    because: { 'spec.autoscaling.minReplicas': 'greater than or equal to 1' },
  },
  {
    what: 'no replicas at most',
    spec: { autoscaling: { maxReplicas: 0 } },
    because: {
      'spec.autoscaling.maxReplicas': [
        'greater than or equal to 1',
        'must not be less than spec.autoscaling.minReplicas',
      ],
    },
  },
  {
    what: 'a sixth replica',
    spec: { autoscaling: { maxReplicas: 6 } },
    because: { 'spec.autoscaling.maxReplicas': 'less than or equal to 5' },
  },
  {
    what: 'a maximum below the minimum',
    spec: { autoscaling: { minReplicas: 3, maxReplicas: 2 } },
    because: { 'spec.autoscaling.maxReplicas': 'must not be less than spec.autoscaling.minReplicas' },
  },
  {
    what: 'a minimum above the default maximum',
    spec: { autoscaling: { minReplicas: 6 } },
    because: {
      'spec.autoscaling.minReplicas': 'less than or equal to 5',
      'spec.autoscaling.maxReplicas': 'must not be less than spec.autoscaling.minReplicas',
    },
  },
  {
    what: 'a target of 0 percent',
    spec: { autoscaling: { targetCPUUtilizationPercentage: 0 } },
    because: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'greater than or equal to 1' },
  },
  {
    what: 'a target above 100 percent',
    spec: { autoscaling: { targetCPUUtilizationPercentage: 101 } },
    because: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'less than or equal to 100' },
  },
  {
    what: 'a target with a percent sign',
    spec: { autoscaling: { targetCPUUtilizationPercentage: '80%' } },
    because: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'must be of type integer: "string"' },
  },
  {
    what: 'a negative wait',
    spec: { autoscaling: { scaleDownStabilizationWindowSeconds: -1 } },
    because: { 'spec.autoscaling.scaleDownStabilizationWindowSeconds': 'greater than or equal to 0' },
  },
  {
    what: 'a wait of more than an hour',
    spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 3601 } },
    because: { 'spec.autoscaling.scaleDownStabilizationWindowSeconds': 'less than or equal to 3600' },
  },
];
