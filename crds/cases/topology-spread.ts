import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

const KEY = 'must be at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const CONSTRAINT = 'spec.pod.topologySpreadConstraints[0]';
const EXPRESSION = `${CONSTRAINT}.labelSelector.matchExpressions[0]`;
const MAX_INT32 = 2_147_483_647;
const SPREAD = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' };

const spreads = (...list: readonly object[]): object => ({ pod: { topologySpreadConstraints: list } });
const spread = (fields: object): object => spreads({ ...SPREAD, ...fields });
const expression = (fields: object): object => spread({ labelSelector: { matchExpressions: [fields] } });

/** Valid specs with topology spread constraints. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'a constraint without a selector', spec: spread({}) },
  {
    title: 'a constraint with every field',
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
    title: 'two constraints with the same key and different whenUnsatisfiable',
    spec: spreads(SPREAD, { ...SPREAD, whenUnsatisfiable: 'ScheduleAnyway' }),
  },
  {
    title: 'the greatest skew and the most domains',
    spec: spread({ maxSkew: MAX_INT32, minDomains: MAX_INT32 }),
  },
  { title: 'an empty list of label keys', spec: spread({ matchLabelKeys: [] }) },
  { title: 'no constraints', spec: spreads() },
];

/** Each limit of a list, map or string, exceeded by one. */
const BEYOND_LIMITS: readonly RejectedSpec[] = [
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

/** Invalid specs with topology spread constraints. */
export const REJECTED: readonly RejectedSpec[] = [
  ...BEYOND_LIMITS,
  {
    title: 'an empty constraint',
    spec: spreads({}),
    errors: {
      [`${CONSTRAINT}.maxSkew`]: 'Required value',
      [`${CONSTRAINT}.topologyKey`]: 'Required value',
      [`${CONSTRAINT}.whenUnsatisfiable`]: 'Required value',
    },
  },
  {
    title: 'a skew of 0',
    spec: spread({ maxSkew: 0 }),
    errors: { [`${CONSTRAINT}.maxSkew`]: 'greater than or equal to 1' },
  },
  ...['maxSkew', 'minDomains'].map((field) => ({
    title: `a ${field} above the 32-bit range`,
    spec: spread({ [field]: MAX_INT32 + 1 }),
    errors: {
      [`${CONSTRAINT}.${field}`]: `should be less than or equal to ${MAX_INT32}`,
    },
  })),
  {
    title: 'an invalid topology key',
    spec: spread({ topologyKey: 'a b' }),
    errors: { [`${CONSTRAINT}.topologyKey`]: KEY },
  },
  {
    title: 'an unknown whenUnsatisfiable',
    spec: spread({ whenUnsatisfiable: 'Never' }),
    errors: { [`${CONSTRAINT}.whenUnsatisfiable`]: 'supported values: "DoNotSchedule", "ScheduleAnyway"' },
  },
  {
    title: 'minDomains with ScheduleAnyway',
    spec: spread({ whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }),
    errors: { [`${CONSTRAINT}.minDomains`]: 'may be set only when whenUnsatisfiable is DoNotSchedule' },
  },
  {
    title: 'minDomains of 0',
    spec: spread({ minDomains: 0 }),
    errors: { [`${CONSTRAINT}.minDomains`]: 'greater than or equal to 1' },
  },
  ...['nodeAffinityPolicy', 'nodeTaintsPolicy'].map((field) => ({
    title: `an unknown ${field}`,
    spec: spread({ [field]: 'Maybe' }),
    errors: { [`${CONSTRAINT}.${field}`]: 'supported values: "Honor", "Ignore"' },
  })),
  {
    title: 'two constraints with the same key and whenUnsatisfiable',
    spec: spreads(SPREAD, { ...SPREAD, maxSkew: 2 }),
    errors: { 'spec.pod.topologySpreadConstraints[1]': 'Duplicate value' },
  },
  {
    title: 'matchLabelKeys without a selector',
    spec: spread({ matchLabelKeys: ['a'] }),
    errors: { [`${CONSTRAINT}.matchLabelKeys`]: 'may be set only together with labelSelector' },
  },
  ...[{ matchLabels: { a: 'b' } }, { matchExpressions: [{ key: 'a', operator: 'Exists' }] }].map((labelSelector) => ({
    title: `matchLabelKeys that are also in ${Object.keys(labelSelector).join('')}`,
    spec: spread({ matchLabelKeys: ['c', 'a'], labelSelector }),
    errors: { [`${CONSTRAINT}.matchLabelKeys`]: 'must not name a label that labelSelector names' },
  })),
  {
    title: 'an invalid key in matchLabelKeys',
    spec: spread({ matchLabelKeys: ['a b'], labelSelector: {} }),
    errors: { [`${CONSTRAINT}.matchLabelKeys[0]`]: KEY },
  },
  {
    title: 'a duplicate key in matchLabelKeys',
    spec: spread({ matchLabelKeys: ['a', 'a'], labelSelector: {} }),
    errors: { [`${CONSTRAINT}.matchLabelKeys[1]`]: 'Duplicate value: "a"' },
  },
  {
    title: 'a selector with an invalid key',
    spec: spread({ labelSelector: { matchLabels: { 'a b': 'c' } } }),
    errors: { [`${CONSTRAINT}.labelSelector.matchLabels`]: 'has a key that no label can have: ["a b"]' },
  },
  {
    title: 'a selector with an invalid value',
    spec: spread({ labelSelector: { matchLabels: { a: 'b c' } } }),
    errors: { [`${CONSTRAINT}.labelSelector.matchLabels[a]`]: VALUE },
  },
  {
    title: 'an expression without key and operator',
    spec: expression({}),
    errors: { [`${EXPRESSION}.key`]: 'Required value', [`${EXPRESSION}.operator`]: 'Required value' },
  },
  ...['In', 'NotIn'].map((operator) => ({
    title: `${operator} without values`,
    spec: expression({ key: 'a', operator, values: [] }),
    errors: { [`${EXPRESSION}.values`]: 'Required value: must be set when operator is In or NotIn' },
  })),
  ...['Exists', 'DoesNotExist'].map((operator) => ({
    title: `${operator} with values`,
    spec: expression({ key: 'a', operator, values: ['b'] }),
    errors: { [`${EXPRESSION}.values`]: 'must not be set when operator is Exists or DoesNotExist' },
  })),
  {
    title: 'an operator of node selectors',
    spec: expression({ key: 'a', operator: 'Gt', values: ['1'] }),
    errors: { [`${EXPRESSION}.operator`]: 'supported values: "In", "NotIn", "Exists", "DoesNotExist"' },
  },
  {
    title: 'an expression with an invalid key',
    spec: expression({ key: 'a b', operator: 'Exists' }),
    errors: { [`${EXPRESSION}.key`]: KEY },
  },
  {
    title: 'an expression with an invalid value',
    spec: expression({ key: 'a', operator: 'In', values: ['b', 'c d'] }),
    errors: { [`${EXPRESSION}.values[1]`]: VALUE },
  },
];
