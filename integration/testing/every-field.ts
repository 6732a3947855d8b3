import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { storesValue } from './server-features.ts';

/**
 * A spec that sets every field except nodePort, which must be unique in the cluster, those of a load balancer, and
 * ipFamilyPolicy, which the API server keeps when another client removes it.
 */
export const EVERY_FIELD = {
  service: {
    port: 8080,
    type: 'NodePort',
    annotations: { 'example.com/owner': 'weather' },
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    trafficDistribution: 'PreferClose',
    sessionAffinity: 'ClientIP',
  },
  autoscaling: {
    minReplicas: 2,
    maxReplicas: 4,
    targetCPUUtilizationPercentage: 70,
    scaleDownStabilizationWindowSeconds: 60,
  },
  image: 'registry.example.com/converter:2.0.0',
  imagePullPolicy: 'IfNotPresent',
  resources: {
    requests: { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '16Mi' },
    limits: { cpu: '0.5', memory: '128Mi', 'ephemeral-storage': '64Mi' },
  },
  logLevel: 'debug',
  pod: {
    labels: { 'example.com/team': 'weather' },
    annotations: { 'example.com/runbook': 'converter' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'example.com/dedicated', operator: 'Equal', value: 'weather', effect: 'NoSchedule' },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { 'example.com/team': 'weather' } },
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        maxSkew: 1,
        labelSelector: { matchLabels: { 'example.com/team': 'weather' } },
      },
    ],
    priorityClassName: 'weather',
    serviceAccountName: 'weather',
    imagePullSecrets: [{ name: 'registry-credentials' }],
  },
  commonLabels: { 'example.com/cost-center': '42' },
  commonAnnotations: { 'example.com/contact': 'weather@example.com' },
  podDisruptionBudget: { maxUnavailable: 1 },
} as const;

/** The same without the fields that the API server drops: it would be asked for them each hour. */
export async function readEveryStoredField(client: KubeClient): Promise<object> {
  const { trafficDistribution, ...service } = EVERY_FIELD.service;
  const isStored = await storesValue(client, 'services', ['spec', 'trafficDistribution'], trafficDistribution);
  return isStored ? EVERY_FIELD : { ...EVERY_FIELD, service };
}
