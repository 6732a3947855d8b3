import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

/** Valid specs with an `autoscaling`. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'the fewest replicas', spec: { autoscaling: { minReplicas: 1, maxReplicas: 1 } } },
  { title: 'the most replicas', spec: { autoscaling: { minReplicas: 5, maxReplicas: 5 } } },
  { title: 'the lowest target', spec: { autoscaling: { targetCPUUtilizationPercentage: 1 } } },
  { title: 'the highest target', spec: { autoscaling: { targetCPUUtilizationPercentage: 100 } } },
  { title: 'no stabilization window', spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 0 } } },
  { title: 'the longest stabilization window', spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 3600 } } },
];

/** Invalid specs with an `autoscaling`. */
export const REJECTED: readonly RejectedSpec[] = [
  {
    title: 'no replicas',
    spec: { autoscaling: { minReplicas: 0 } },
    errors: { 'spec.autoscaling.minReplicas': 'greater than or equal to 1' },
  },
  {
    title: 'a maximum of no replicas',
    spec: { autoscaling: { maxReplicas: 0 } },
    errors: {
      'spec.autoscaling.maxReplicas': [
        'greater than or equal to 1',
        'must not be less than spec.autoscaling.minReplicas',
      ],
    },
  },
  {
    title: 'a maximum of six replicas',
    spec: { autoscaling: { maxReplicas: 6 } },
    errors: { 'spec.autoscaling.maxReplicas': 'less than or equal to 5' },
  },
  {
    title: 'a maximum below the minimum',
    spec: { autoscaling: { minReplicas: 3, maxReplicas: 2 } },
    errors: { 'spec.autoscaling.maxReplicas': 'must not be less than spec.autoscaling.minReplicas' },
  },
  {
    title: 'a minimum above the default maximum',
    spec: { autoscaling: { minReplicas: 6 } },
    errors: {
      'spec.autoscaling.minReplicas': 'less than or equal to 5',
      'spec.autoscaling.maxReplicas': 'must not be less than spec.autoscaling.minReplicas',
    },
  },
  {
    title: 'a target of 0 percent',
    spec: { autoscaling: { targetCPUUtilizationPercentage: 0 } },
    errors: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'greater than or equal to 1' },
  },
  {
    title: 'a target above 100 percent',
    spec: { autoscaling: { targetCPUUtilizationPercentage: 101 } },
    errors: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'less than or equal to 100' },
  },
  {
    title: 'a target with a percent sign',
    spec: { autoscaling: { targetCPUUtilizationPercentage: '80%' } },
    errors: { 'spec.autoscaling.targetCPUUtilizationPercentage': 'must be of type integer: "string"' },
  },
  {
    title: 'a negative stabilization window',
    spec: { autoscaling: { scaleDownStabilizationWindowSeconds: -1 } },
    errors: { 'spec.autoscaling.scaleDownStabilizationWindowSeconds': 'greater than or equal to 0' },
  },
  {
    title: 'a stabilization window of more than an hour',
    spec: { autoscaling: { scaleDownStabilizationWindowSeconds: 3601 } },
    errors: { 'spec.autoscaling.scaleDownStabilizationWindowSeconds': 'less than or equal to 3600' },
  },
];
