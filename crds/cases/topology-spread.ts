import { type AcceptedSpec, type RefusedSpec, tooLong, tooMany } from './spec-case.ts';

const KEY = 'must be at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const CONSTRAINT = 'spec.pod.topologySpreadConstraints[0]';
const EXPRESSION = `${CONSTRAINT}.labelSelector.matchExpressions[0]`;
const MAX_INT32 = 2_147_483_647;
const SPREAD = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' };

const spreads = (...list: readonly object[]): object => ({ pod: { topologySpreadConstraints: list } });
const spread = (fields: object): object => spreads({ ...SPREAD, ...fields });
const expression = (fields: object): object => spread({ labelSelector: { matchExpressions: [fields] } });

/** Specs with rules for the spread of the pods that are taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'a spread that counts nothing', spec: spread({}) },
  {
    what: 'a spread with all there is',
    spec: spread({
      minDomains: 2,
      nodeAffinityPolicy: 'Ignore',
      nodeTaintsPolicy: 'Honor',
      matchLabelKeys: ['pod-template-hash'],
      labelSelector: {
        matchLabels: { a: 'b' },
        matchExpressions: [
          { key: 'c', operator: 'In', values: ['d', ''] },
          { key: 'c', operator: 'NotIn', values: ['e'] },
          { key: 'f', operator: 'Exists' },
          { key: 'g', operator: 'DoesNotExist', values: [] },
        ],
      },
    }),
  },
  {
    what: 'two spreads over the same domains that differ in what they do',
    spec: spreads(SPREAD, { ...SPREAD, whenUnsatisfiable: 'ScheduleAnyway' }),
  },
  {
    what: 'the greatest skew and the most domains',
    spec: spread({ maxSkew: MAX_INT32, minDomains: MAX_INT32 }),
  },
  { what: 'a spread with an empty list of labels', spec: spread({ matchLabelKeys: [] }) },
  { what: 'no spread', spec: spreads() },
];

/** Each bound of a list, map or string, passed by one. */
const BEYOND_BOUNDS: readonly RefusedSpec[] = [
  tooMany('spec.pod.topologySpreadConstraints', 16, (keys) =>
    spreads(...keys.map((topologyKey) => Object.assign({}, SPREAD, { topologyKey }))),
  ),
  tooLong('spec.pod.topologySpreadConstraints[0].topologyKey', 317, (topologyKey) => spread({ topologyKey })),
  tooMany('spec.pod.topologySpreadConstraints[0].matchLabelKeys', 16, (matchLabelKeys) =>
    spread({ matchLabelKeys, labelSelector: {} }),
  ),
  tooLong('spec.pod.topologySpreadConstraints[0].matchLabelKeys[0]', 317, (key) =>
    spread({ matchLabelKeys: [key], labelSelector: {} }),
  ),
  tooMany('spec.pod.topologySpreadConstraints[0].labelSelector.matchLabels', 32, (keys) =>
    spread({ labelSelector: { matchLabels: Object.fromEntries(keys.map((key) => [key, ''])) } }),
  ),
  tooLong('spec.pod.topologySpreadConstraints[0].labelSelector.matchLabels.a', 63, (a) =>
    spread({ labelSelector: { matchLabels: { a } } }),
  ),
  tooMany('spec.pod.topologySpreadConstraints[0].labelSelector.matchExpressions', 32, (keys) =>
    spread({ labelSelector: { matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) } }),
  ),
  tooLong('spec.pod.topologySpreadConstraints[0].labelSelector.matchExpressions[0].key', 317, (key) =>
    expression({ key, operator: 'Exists' }),
  ),
  tooMany('spec.pod.topologySpreadConstraints[0].labelSelector.matchExpressions[0].values', 32, (values) =>
    expression({ key: 'a', operator: 'In', values }),
  ),
  tooLong('spec.pod.topologySpreadConstraints[0].labelSelector.matchExpressions[0].values[0]', 63, (value) =>
    expression({ key: 'a', operator: 'In', values: [value] }),
  ),
];

/** Specs with rules for the spread of the pods that are refused. */
export const REFUSED: readonly RefusedSpec[] = [
  ...BEYOND_BOUNDS,
  {
    what: 'a spread without anything',
    spec: spreads({}),
    because: {
      [`${CONSTRAINT}.maxSkew`]: 'Required value',
      [`${CONSTRAINT}.topologyKey`]: 'Required value',
      [`${CONSTRAINT}.whenUnsatisfiable`]: 'Required value',
    },
  },
  {
    what: 'a skew of 0',
    spec: spread({ maxSkew: 0 }),
    because: { [`${CONSTRAINT}.maxSkew`]: 'greater than or equal to 1' },
  },
  ...['maxSkew', 'minDomains'].map((field) => ({
    what: `a ${field} that no Deployment can have`,
    spec: spread({ [field]: MAX_INT32 + 1 }),
    because: {
      [`${CONSTRAINT}.${field}`]: `should be less than or equal to ${MAX_INT32}`,
      // The API server judges the format too, and counts that against no field.
      '<nil>': `must be of type integer with format int32 in ${CONSTRAINT}.${field}`,
    },
  })),
  { what: 'a bad topology key', spec: spread({ topologyKey: 'a b' }), because: { [`${CONSTRAINT}.topologyKey`]: KEY } },
  {
    what: 'a way to be unsatisfiable that there is not',
    spec: spread({ whenUnsatisfiable: 'Never' }),
    because: { [`${CONSTRAINT}.whenUnsatisfiable`]: 'supported values: "DoNotSchedule", "ScheduleAnyway"' },
  },
  {
    what: 'domains of a spread that only tries',
    spec: spread({ whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }),
    because: { [`${CONSTRAINT}.minDomains`]: 'may be set only when whenUnsatisfiable is DoNotSchedule' },
  },
  {
    what: 'no domain',
    spec: spread({ minDomains: 0 }),
    because: { [`${CONSTRAINT}.minDomains`]: 'greater than or equal to 1' },
  },
  ...['nodeAffinityPolicy', 'nodeTaintsPolicy'].map((field) => ({
    what: `a ${field} that there is not`,
    spec: spread({ [field]: 'Maybe' }),
    because: { [`${CONSTRAINT}.${field}`]: 'supported values: "Honor", "Ignore"' },
  })),
  {
    what: 'two spreads for the same domains that do the same',
    spec: spreads(SPREAD, { ...SPREAD, maxSkew: 2 }),
    because: { 'spec.pod.topologySpreadConstraints[1]': 'Duplicate value' },
  },
  {
    what: 'labels to match without a selector',
    spec: spread({ matchLabelKeys: ['a'] }),
    because: { [`${CONSTRAINT}.matchLabelKeys`]: 'may be set only together with labelSelector' },
  },
  ...[{ matchLabels: { a: 'b' } }, { matchExpressions: [{ key: 'a', operator: 'Exists' }] }].map((labelSelector) => ({
    what: `labels to match that are in ${Object.keys(labelSelector).join('')} too`,
    spec: spread({ matchLabelKeys: ['c', 'a'], labelSelector }),
    because: { [`${CONSTRAINT}.matchLabelKeys`]: 'must not name a label that labelSelector names' },
  })),
  {
    what: 'a label to match that is none',
    spec: spread({ matchLabelKeys: ['a b'], labelSelector: {} }),
    because: { [`${CONSTRAINT}.matchLabelKeys[0]`]: KEY },
  },
  {
    what: 'a label to match twice',
    spec: spread({ matchLabelKeys: ['a', 'a'], labelSelector: {} }),
    because: { [`${CONSTRAINT}.matchLabelKeys[1]`]: 'Duplicate value: "a"' },
  },
  {
    what: 'a selector with a bad key',
    spec: spread({ labelSelector: { matchLabels: { 'a b': 'c' } } }),
    because: { [`${CONSTRAINT}.labelSelector.matchLabels`]: 'has a key that no label can have: ["a b"]' },
  },
  {
    what: 'a selector with a bad value',
    spec: spread({ labelSelector: { matchLabels: { a: 'b c' } } }),
    because: { [`${CONSTRAINT}.labelSelector.matchLabels[a]`]: VALUE },
  },
  {
    what: 'an expression without key and operator',
    spec: expression({}),
    because: { [`${EXPRESSION}.key`]: 'Required value', [`${EXPRESSION}.operator`]: 'Required value' },
  },
  ...['In', 'NotIn'].map((operator) => ({
    what: `${operator} without values`,
    spec: expression({ key: 'a', operator, values: [] }),
    because: { [`${EXPRESSION}.values`]: 'Required value: must be given when operator is In or NotIn' },
  })),
  ...['Exists', 'DoesNotExist'].map((operator) => ({
    what: `${operator} with values`,
    spec: expression({ key: 'a', operator, values: ['b'] }),
    because: { [`${EXPRESSION}.values`]: 'must not be given when operator is Exists or DoesNotExist' },
  })),
  {
    what: 'an operator that labels do not have',
    spec: expression({ key: 'a', operator: 'Gt', values: ['1'] }),
    because: { [`${EXPRESSION}.operator`]: 'supported values: "In", "NotIn", "Exists", "DoesNotExist"' },
  },
  {
    what: 'an expression about a bad key',
    spec: expression({ key: 'a b', operator: 'Exists' }),
    because: { [`${EXPRESSION}.key`]: KEY },
  },
  {
    what: 'an expression with a bad value',
    spec: expression({ key: 'a', operator: 'In', values: ['b', 'c d'] }),
    because: { [`${EXPRESSION}.values[1]`]: VALUE },
  },
];
