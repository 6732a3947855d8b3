import {
  type ConverterMetadata,
  API_VERSION,
  KIND,
  type TemperatureConverter,
  type TemperatureConverterSpec,
  type TemperatureConverterStatus,
} from './temperature-converter.ts';

/** An empty spec with the defaults of the schema. */
export const EMPTY_SPEC: TemperatureConverterSpec = {
  service: { port: 80, type: 'ClusterIP' },
  autoscaling: { minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 80 },
  logLevel: 'info',
  paused: false,
};

/** A spec that sets every field. */
export const FULL_SPEC: TemperatureConverterSpec = {
  service: {
    port: 8080,
    type: 'LoadBalancer',
    nodePort: 30_080,
    annotations: { 'example.com/cost': 'low' },
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    trafficDistribution: 'PreferClose',
    sessionAffinity: 'ClientIP',
    loadBalancerClass: 'example.com/internal',
    loadBalancerSourceRanges: ['10.0.0.0/8'],
    ipFamilyPolicy: 'PreferDualStack',
  },
  autoscaling: {
    minReplicas: 2,
    maxReplicas: 4,
    targetCPUUtilizationPercentage: 70,
    scaleDownStabilizationWindowSeconds: 60,
  },
  image: 'registry.example.com:5000/team/converter:2.1',
  imagePullPolicy: 'Always',
  resources: {
    requests: { cpu: 1, memory: '1Gi' },
    limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': 1_000_000 },
  },
  logLevel: 'debug',
  pod: {
    labels: { team: 'weather' },
    annotations: { 'example.com/note': 'hello' },
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
    topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
    priorityClassName: 'high',
    serviceAccountName: 'converter',
    imagePullSecrets: [{ name: 'registry' }],
  },
  commonLabels: { 'example.com/cost-center': '42' },
  commonAnnotations: { 'example.com/contact': 'weather' },
  podDisruptionBudget: { maxUnavailable: 1 },
  paused: false,
};

/** A resource for tests: generation 3, with an empty spec and no status by default. */
export function exampleConverter(
  more: {
    readonly metadata?: Partial<ConverterMetadata>;
    readonly spec?: Partial<TemperatureConverterSpec>;
    readonly status?: TemperatureConverterStatus;
  } = {},
): TemperatureConverter {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name: 'web',
      namespace: 'blue',
      uid: 'u1',
      resourceVersion: '10',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...more.metadata,
    },
    spec: { ...EMPTY_SPEC, ...more.spec },
    ...(more.status === undefined ? {} : { status: more.status }),
  };
}

/** A status for tests: generation 3, with this reason in the condition Reconciled. */
export function exampleStatus(reason: string): TemperatureConverterStatus {
  const condition = { type: 'Reconciled', status: reason === 'Applied' ? 'True' : 'False', reason } as const;
  return {
    observedGeneration: 3,
    conditions: [
      { ...condition, message: 'Message.', observedGeneration: 3, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  };
}
