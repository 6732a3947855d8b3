/** The values that test a field of the spec. */
export interface FieldValues {
  /** Two values that differ from each other and from the default. */
  readonly values: readonly [unknown, unknown];
  /** The spec that the field requires; by default only its parents. */
  readonly within?: object;
  /** The path that is removed for a field that cannot be removed alone; the rest of `within` remains. */
  readonly removedWith?: string;
}

const CPU = { requests: { cpu: '50m' } };
const SPREAD = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
const EXPRESSION = { key: 'c', operator: 'In', values: ['x'] };

const withAffinity = (affinity: object): object => ({ pod: { affinity } });
const withToleration = (toleration: object): object => ({ pod: { tolerations: [toleration] } });
const withSpread = (constraint: object): object => ({
  pod: { topologySpreadConstraints: [{ ...SPREAD, ...constraint }] },
});
const withMatchExpression = (expression: object): object =>
  withSpread({ labelSelector: { matchExpressions: [expression] } });

const inSpread = { within: withSpread({}), removedWith: 'pod.topologySpreadConstraints' };
const inExpression = {
  within: withMatchExpression(EXPRESSION),
  removedWith: 'pod.topologySpreadConstraints[].labelSelector.matchExpressions',
};

const podTerm = (weight: number): object => ({
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
  ],
});
const nodeTerm = (architecture: string): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: [architecture] }] }],
  },
});

/** Every field of the spec except `paused`, which changes no child; ownership.integration.test.ts covers it. */
export const FIELD_VALUES: Readonly<Record<string, FieldValues>> = {
  service: { values: [{ port: 81 }, { type: 'NodePort', annotations: { a: 'x' } }] },
  'service.port': { values: [81, 65_535] },
  'service.type': { values: ['NodePort', 'LoadBalancer'] },
  // The API server allocates from the upper part of the range first, so that low ports stay free.
  'service.nodePort': { values: [30_010, 30_011], within: { service: { type: 'NodePort' } } },
  'service.externalTrafficPolicy': { values: ['Local', 'Cluster'], within: { service: { type: 'NodePort' } } },
  'service.internalTrafficPolicy': { values: ['Local', 'Cluster'] },
  'service.trafficDistribution': { values: ['PreferClose', 'PreferSameNode'] },
  'service.sessionAffinity': { values: ['ClientIP', 'None'] },
  'service.loadBalancerClass': {
    values: ['example.com/internal', 'example.com/external'],
    within: { service: { type: 'LoadBalancer' } },
  },
  'service.loadBalancerSourceRanges': {
    values: [['10.0.0.0/8', '2001:db8::/32'], ['10.0.0.0/8']],
    within: { service: { type: 'LoadBalancer' } },
  },
  'service.ipFamilyPolicy': { values: ['PreferDualStack', 'SingleStack'] },
  'service.annotations': { values: [{ a: 'x' }, { a: 'y', b: 'x' }] },
  autoscaling: { values: [{ minReplicas: 2 }, { maxReplicas: 4, scaleDownStabilizationWindowSeconds: 60 }] },
  'autoscaling.minReplicas': { values: [2, 5] },
  'autoscaling.maxReplicas': { values: [4, 1] },
  'autoscaling.targetCPUUtilizationPercentage': { values: [1, 100] },
  'autoscaling.scaleDownStabilizationWindowSeconds': { values: [0, 3600] },
  image: { values: ['registry.example.com/a:1', 'registry.example.com/b:2'] },
  imagePullPolicy: { values: ['Always', 'Never'] },
  resources: { values: [CPU, { requests: { cpu: 1, memory: '32Mi' }, limits: { memory: '64Mi' } }] },
  'resources.requests': { values: [CPU.requests, { cpu: '60m', memory: '1Mi' }], removedWith: 'resources' },
  'resources.requests.cpu': { values: ['50m', 2], removedWith: 'resources' },
  'resources.requests.memory': { values: ['32Mi', 1024], within: { resources: CPU } },
  'resources.requests.ephemeral-storage': { values: ['32Mi', '0.5Gi'], within: { resources: CPU } },
  'resources.limits': { values: [{ memory: '64Mi' }, { cpu: '1' }], within: { resources: CPU } },
  'resources.limits.cpu': { values: ['100m', 1], within: { resources: CPU } },
  'resources.limits.memory': { values: ['64Mi', '1e9'], within: { resources: CPU } },
  'resources.limits.ephemeral-storage': { values: ['64Mi', '1G'], within: { resources: CPU } },
  logLevel: { values: ['debug', 'error'] },
  pod: { values: [{ labels: { a: 'x' } }, { nodeSelector: { a: 'x' }, priorityClassName: 'weather' }] },
  'pod.labels': { values: [{ a: 'x', b: 'x' }, { a: 'y' }] },
  'pod.annotations': { values: [{ a: 'x', b: 'x' }, { a: 'y' }] },
  'pod.nodeSelector': { values: [{ a: 'x', b: 'x' }, { a: 'y' }] },
  'pod.tolerations': { values: [[{ operator: 'Exists' }], [{ key: 'b' }, { key: 'a', value: 'x' }]] },
  'pod.tolerations[].key': { values: ['a', 'b'], within: withToleration({ operator: 'Exists' }) },
  'pod.tolerations[].operator': { values: ['Exists', 'Equal'], within: withToleration({ key: 'a' }) },
  'pod.tolerations[].value': { values: ['x', 'y'], within: withToleration({ key: 'a' }) },
  'pod.tolerations[].effect': { values: ['NoSchedule', 'NoExecute'], within: withToleration({ key: 'a' }) },
  'pod.tolerations[].tolerationSeconds': {
    values: [0, 300],
    within: withToleration({ key: 'a', effect: 'NoExecute' }),
  },
  'pod.affinity': { values: [{ nodeAffinity: nodeTerm('arm64') }, { podAffinity: podTerm(1) }] },
  // Beside another term: the API server treats an empty affinity like none, so that either may remain.
  'pod.affinity.nodeAffinity': {
    values: [nodeTerm('arm64'), nodeTerm('amd64')],
    within: withAffinity({ podAffinity: podTerm(3) }),
  },
  'pod.affinity.podAffinity': {
    values: [podTerm(1), podTerm(2)],
    within: withAffinity({ nodeAffinity: nodeTerm('arm64') }),
  },
  'pod.affinity.podAntiAffinity': {
    values: [podTerm(1), podTerm(2)],
    within: withAffinity({ podAffinity: podTerm(3) }),
  },
  'pod.topologySpreadConstraints': {
    values: [
      [SPREAD],
      [
        { ...SPREAD, topologyKey: 'a' },
        { ...SPREAD, whenUnsatisfiable: 'DoNotSchedule' },
      ],
    ],
  },
  'pod.topologySpreadConstraints[].maxSkew': { values: [1, 3], ...inSpread },
  'pod.topologySpreadConstraints[].topologyKey': { values: ['a', 'b'], ...inSpread },
  'pod.topologySpreadConstraints[].whenUnsatisfiable': { values: ['ScheduleAnyway', 'DoNotSchedule'], ...inSpread },
  'pod.topologySpreadConstraints[].minDomains': {
    values: [2, 3],
    within: withSpread({ whenUnsatisfiable: 'DoNotSchedule' }),
  },
  'pod.topologySpreadConstraints[].nodeAffinityPolicy': { values: ['Honor', 'Ignore'], within: withSpread({}) },
  'pod.topologySpreadConstraints[].nodeTaintsPolicy': { values: ['Honor', 'Ignore'], within: withSpread({}) },
  'pod.topologySpreadConstraints[].matchLabelKeys': {
    values: [['a'], ['b', 'a']],
    within: withSpread({ labelSelector: { matchLabels: { c: 'x' } } }),
  },
  'pod.topologySpreadConstraints[].labelSelector': {
    values: [{ matchLabels: { c: 'x' } }, {}],
    within: withSpread({}),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchLabels': {
    values: [{ c: 'x', d: 'x' }, { c: 'y' }],
    within: withSpread({ labelSelector: {} }),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions': {
    values: [[EXPRESSION], [{ key: 'd', operator: 'Exists' }, EXPRESSION]],
    within: withSpread({ labelSelector: {} }),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].key': { values: ['d', 'e'], ...inExpression },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].operator': {
    values: ['In', 'NotIn'],
    ...inExpression,
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].values': {
    values: [['x'], ['y', 'x']],
    ...inExpression,
  },
  'pod.priorityClassName': { values: ['first', 'second'] },
  'pod.serviceAccountName': { values: ['first', 'second'] },
  'pod.imagePullSecrets': { values: [[{ name: 'a' }], [{ name: 'b' }, { name: 'a' }]] },
  commonLabels: { values: [{ a: 'x', b: 'x' }, { a: 'y' }] },
  commonAnnotations: { values: [{ a: 'x', b: 'x' }, { a: 'y' }] },
  podDisruptionBudget: { values: [{ maxUnavailable: 1 }, { maxUnavailable: '50%' }] },
  'podDisruptionBudget.maxUnavailable': { values: [1, '50%'], removedWith: 'podDisruptionBudget' },
  'pod.imagePullSecrets[].name': {
    values: ['a', 'b'],
    within: { pod: { imagePullSecrets: [{ name: 'c' }] } },
    removedWith: 'pod.imagePullSecrets',
  },
};
