import { constantFrom, dictionary, integer, nat, option, record, sample, tuple, uniqueArray } from 'fast-check';

const KEY = constantFrom('example.com/a', 'example.com/b', 'c');
const VALUE = constantFrom('', 'x', 'y');
const LABELS = dictionary(KEY, VALUE, { maxKeys: 3 });
// Neither this nor the affinity below is empty: an empty map equals none, and whether the API server keeps it varies.
const ANNOTATIONS = dictionary(KEY, VALUE, { minKeys: 1, maxKeys: 3 });
const NAME = constantFrom('first', 'second');

const service = record({
  port: option(constantFrom(80, 81, 8080, 65_535), { nil: undefined }),
  type: option(constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'), { nil: undefined }),
  hasNodePort: nat(9).map((n) => n === 0),
  annotations: option(ANNOTATIONS, { nil: undefined }),
}).map(({ hasNodePort, ...fields }) => Object.assign(fields, hasNodePort ? { type: 'NodePort', nodePort: 0 } : {}));

const autoscaling = record({
  bounds: tuple(integer({ min: 1, max: 5 }), integer({ min: 1, max: 5 })),
  targetCPUUtilizationPercentage: integer({ min: 1, max: 100 }),
  scaleDownStabilizationWindowSeconds: option(constantFrom(0, 60, 300), { nil: undefined }),
}).map(({ bounds, ...fields }) =>
  Object.assign(fields, { minReplicas: Math.min(...bounds), maxReplicas: Math.max(...bounds) }),
);

const resources = constantFrom(
  { requests: { cpu: '100m' } },
  { requests: { cpu: 1, memory: '64Mi' } },
  { requests: { cpu: '0.1', memory: '0.5Gi' }, limits: { memory: '1073741824' } },
  { requests: { cpu: '1000m', 'ephemeral-storage': '1Gi' }, limits: { cpu: '2', 'ephemeral-storage': '1e10' } },
  { requests: { cpu: '250m' }, limits: {} },
);

const affinity = constantFrom(
  {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] }],
      },
    },
  },
  {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
      ],
    },
  },
);

const toleration = constantFrom(
  { operator: 'Exists' },
  { key: 'a', value: 'x', effect: 'NoSchedule' },
  { key: 'a', operator: 'Equal', value: '', effect: 'NoSchedule' },
  { key: 'b', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 0 },
);

const topologySpreadConstraint = record({
  topologyKey: constantFrom('topology.kubernetes.io/zone', 'kubernetes.io/hostname'),
  whenUnsatisfiable: constantFrom('ScheduleAnyway', 'DoNotSchedule'),
  maxSkew: integer({ min: 1, max: 3 }),
  labelSelector: constantFrom({}, { matchLabels: { c: 'x' } }),
});

const pod = record(
  {
    labels: LABELS,
    annotations: LABELS,
    nodeSelector: LABELS,
    tolerations: uniqueArray(toleration, { maxLength: 3 }),
    affinity,
    topologySpreadConstraints: uniqueArray(topologySpreadConstraint, {
      maxLength: 2,
      selector: ({ topologyKey, whenUnsatisfiable }) => topologyKey + whenUnsatisfiable,
    }),
    priorityClassName: NAME,
    serviceAccountName: NAME,
    imagePullSecrets: uniqueArray(NAME, { maxLength: 2 }).map((names) => names.map((name) => ({ name }))),
  },
  { requiredKeys: [] },
);

/** A spec that the API server accepts; `nodePort: 0` is a placeholder for a node port. */
export interface RandomSpec {
  readonly service?: { readonly nodePort?: number };
  readonly [field: string]: unknown;
}

const spec = record(
  {
    service,
    autoscaling,
    image: constantFrom('registry.example.com/a:1', 'registry.example.com/b', `b@sha256:${'0'.repeat(64)}`),
    imagePullPolicy: constantFrom('Always', 'IfNotPresent', 'Never'),
    resources,
    logLevel: constantFrom('debug', 'info', 'warn', 'error'),
    pod,
  },
  { requiredKeys: [] },
);

/** Generates specs; a seed always generates the same ones. */
export function generateSpecs(count: number, seed: number): readonly RandomSpec[] {
  // SAFETY: the arbitrary's type has undefined properties instead of optional ones; JSON drops both.
  return sample(spec, { numRuns: count, seed }) as RandomSpec[];
}
