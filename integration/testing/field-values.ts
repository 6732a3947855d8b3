/** How a field of the spec is tried out. */
export interface FieldValues {
  /** Two values that differ from each other and from what holds without the field. */
  readonly values: readonly [unknown, unknown];
  /** What must be there for the field to be taken, when that is more than what contains it. */
  readonly within?: object;
  /** What leaves the spec, for a field that cannot leave alone; it is `within` but for that. */
  readonly leavesWith?: string;
}

const CPU = { requests: { cpu: '50m' } };
const SPREAD = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' };
const EXPRESSION = { key: 'c', operator: 'In', values: ['x'] };

const attracting = (affinity: object): object => ({ pod: { affinity } });
const tolerating = (toleration: object): object => ({ pod: { tolerations: [toleration] } });
const spreading = (constraint: object): object => ({
  pod: { topologySpreadConstraints: [{ ...SPREAD, ...constraint }] },
});
const expressing = (expression: object): object => spreading({ labelSelector: { matchExpressions: [expression] } });

const withSpread = { within: spreading({}), leavesWith: 'pod.topologySpreadConstraints' };
const withExpression = {
  within: expressing(EXPRESSION),
  leavesWith: 'pod.topologySpreadConstraints[].labelSelector.matchExpressions',
};

const near = (weight: number): object => ({
  preferredDuringSchedulingIgnoredDuringExecution: [
    { weight, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
  ],
});
const on = (architecture: string): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: [architecture] }] }],
  },
});

/** Every field of the spec but `paused`, by whose values no child differs: ownership.integration.test.ts has it. */
export const FIELD_VALUES: Readonly<Record<string, FieldValues>> = {
  service: { values: [{ port: 81 }, { type: 'NodePort', annotations: { a: 'x' } }] },
  'service.port': { values: [81, 65_535] },
  'service.type': { values: ['NodePort', 'LoadBalancer'] },
  // Of the lowest ones, which the API server draws for nobody: other subjects have ports that it has drawn.
  'service.nodePort': { values: [30_010, 30_011], within: { service: { type: 'NodePort' } } },
  'service.annotations': { values: [{ a: 'x' }, { a: 'y', b: 'x' }] },
  autoscaling: { values: [{ minReplicas: 2 }, { maxReplicas: 4, scaleDownStabilizationWindowSeconds: 60 }] },
  'autoscaling.minReplicas': { values: [2, 5] },
  'autoscaling.maxReplicas': { values: [4, 1] },
  'autoscaling.targetCPUUtilizationPercentage': { values: [1, 100] },
  'autoscaling.scaleDownStabilizationWindowSeconds': { values: [0, 3600] },
  image: { values: ['registry.example.com/a:1', 'registry.example.com/b:2'] },
  imagePullPolicy: { values: ['Always', 'Never'] },
  resources: { values: [CPU, { requests: { cpu: 1, memory: '32Mi' }, limits: { memory: '64Mi' } }] },
  'resources.requests': { values: [CPU.requests, { cpu: '60m', memory: '1Mi' }], leavesWith: 'resources' },
  'resources.requests.cpu': { values: ['50m', 2], leavesWith: 'resources' },
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
  'pod.tolerations[].key': { values: ['a', 'b'], within: tolerating({ operator: 'Exists' }) },
  'pod.tolerations[].operator': { values: ['Exists', 'Equal'], within: tolerating({ key: 'a' }) },
  'pod.tolerations[].value': { values: ['x', 'y'], within: tolerating({ key: 'a' }) },
  'pod.tolerations[].effect': { values: ['NoSchedule', 'NoExecute'], within: tolerating({ key: 'a' }) },
  'pod.tolerations[].tolerationSeconds': {
    values: [0, 300],
    within: tolerating({ key: 'a', effect: 'NoExecute' }),
  },
  'pod.affinity': { values: [{ nodeAffinity: on('arm64') }, { podAffinity: near(1) }] },
  // Within another part, since an empty affinity is the same as none: which of the two is left is chance.
  'pod.affinity.nodeAffinity': { values: [on('arm64'), on('amd64')], within: attracting({ podAffinity: near(3) }) },
  'pod.affinity.podAffinity': { values: [near(1), near(2)], within: attracting({ nodeAffinity: on('arm64') }) },
  'pod.affinity.podAntiAffinity': { values: [near(1), near(2)], within: attracting({ podAffinity: near(3) }) },
  'pod.topologySpreadConstraints': {
    values: [
      [SPREAD],
      [
        { ...SPREAD, topologyKey: 'a' },
        { ...SPREAD, whenUnsatisfiable: 'DoNotSchedule' },
      ],
    ],
  },
  'pod.topologySpreadConstraints[].maxSkew': { values: [1, 3], ...withSpread },
  'pod.topologySpreadConstraints[].topologyKey': { values: ['a', 'b'], ...withSpread },
  'pod.topologySpreadConstraints[].whenUnsatisfiable': { values: ['ScheduleAnyway', 'DoNotSchedule'], ...withSpread },
  'pod.topologySpreadConstraints[].minDomains': {
    values: [2, 3],
    within: spreading({ whenUnsatisfiable: 'DoNotSchedule' }),
  },
  'pod.topologySpreadConstraints[].nodeAffinityPolicy': { values: ['Honor', 'Ignore'], within: spreading({}) },
  'pod.topologySpreadConstraints[].nodeTaintsPolicy': { values: ['Honor', 'Ignore'], within: spreading({}) },
  'pod.topologySpreadConstraints[].matchLabelKeys': {
    values: [['a'], ['b', 'a']],
    within: spreading({ labelSelector: { matchLabels: { c: 'x' } } }),
  },
  'pod.topologySpreadConstraints[].labelSelector': {
    values: [{ matchLabels: { c: 'x' } }, {}],
    within: spreading({}),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchLabels': {
    values: [{ c: 'x', d: 'x' }, { c: 'y' }],
    within: spreading({ labelSelector: {} }),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions': {
    values: [[EXPRESSION], [{ key: 'd', operator: 'Exists' }, EXPRESSION]],
    within: spreading({ labelSelector: {} }),
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].key': { values: ['d', 'e'], ...withExpression },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].operator': {
    values: ['In', 'NotIn'],
    ...withExpression,
  },
  'pod.topologySpreadConstraints[].labelSelector.matchExpressions[].values': {
    values: [['x'], ['y', 'x']],
    ...withExpression,
  },
  'pod.priorityClassName': { values: ['first', 'second'] },
  'pod.serviceAccountName': { values: ['first', 'second'] },
  'pod.imagePullSecrets': { values: [[{ name: 'a' }], [{ name: 'b' }, { name: 'a' }]] },
  'pod.imagePullSecrets[].name': {
    values: ['a', 'b'],
    within: { pod: { imagePullSecrets: [{ name: 'c' }] } },
    leavesWith: 'pod.imagePullSecrets',
  },
};
