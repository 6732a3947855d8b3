import { type AcceptedSpec, type RefusedSpec, tooLong, tooMany } from './spec-case.ts';

const KEY = 'must be at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const TOLERATION = 'spec.pod.tolerations[0]';

const tolerations = (...list: readonly object[]): object => ({ pod: { tolerations: list } });
const toleration = (fields: object): object => tolerations(fields);

/** Specs with tolerations that are taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'a toleration of every taint', spec: toleration({ operator: 'Exists' }) },
  {
    what: 'a toleration of a key',
    spec: toleration({ key: 'example.com/a', operator: 'Exists', effect: 'NoSchedule' }),
  },
  { what: 'a toleration of a value', spec: toleration({ key: 'a', value: 'B.c_d', effect: 'PreferNoSchedule' }) },
  { what: 'a toleration of the empty value', spec: toleration({ key: 'a', operator: 'Equal' }) },
  { what: 'a toleration for a time', spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: 0 }) },
  {
    what: 'a toleration for the longest time',
    spec: toleration({ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: Number.MAX_SAFE_INTEGER }),
  },
  {
    what: 'as many tolerations as can be',
    spec: tolerations(...Array.from({ length: 64 }, () => ({ operator: 'Exists' }))),
  },
  { what: 'no tolerations', spec: tolerations() },
];

/** Specs with tolerations that are refused. */
export const REFUSED: readonly RefusedSpec[] = [
  tooMany('spec.pod.tolerations', 64, (keys) => tolerations(...keys.map((key) => ({ key })))),
  tooLong('spec.pod.tolerations[0].key', 317, (key) => toleration({ key })),
  tooLong('spec.pod.tolerations[0].value', 63, (value) => toleration({ key: 'a', value })),
  {
    what: 'a toleration of nothing',
    spec: toleration({}),
    because: {
      [`${TOLERATION}.key`]:
        'Required value: must be given, or operator be Exists, which without a key bears every taint',
    },
  },
  {
    what: 'a toleration of a value without a key',
    spec: toleration({ operator: 'Equal', value: 'a' }),
    because: { [`${TOLERATION}.key`]: 'Required value: must be given, or operator be Exists' },
  },
  {
    what: 'a toleration of any value with a value',
    spec: toleration({ key: 'a', operator: 'Exists', value: 'b' }),
    because: { [`${TOLERATION}.value`]: 'must not be given when operator is Exists' },
  },
  {
    what: 'a toleration for a time without an effect',
    spec: toleration({ key: 'a', tolerationSeconds: 1 }),
    because: { [`${TOLERATION}.tolerationSeconds`]: 'may be set only when effect is NoExecute' },
  },
  {
    what: 'a toleration for a time of another effect',
    spec: toleration({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }),
    because: { [`${TOLERATION}.tolerationSeconds`]: 'may be set only when effect is NoExecute' },
  },
  {
    what: 'a toleration for a negative time',
    spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: -1 }),
    because: { [`${TOLERATION}.tolerationSeconds`]: 'greater than or equal to 0' },
  },
  {
    what: 'a toleration for a time that JavaScript cannot hold',
    spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: 9_007_199_254_740_992 }),
    because: { [`${TOLERATION}.tolerationSeconds`]: 'less than or equal to 9007199254740991' },
  },
  {
    what: 'an operator that not every cluster has',
    spec: toleration({ key: 'a', operator: 'Gt', value: '1' }),
    because: { [`${TOLERATION}.operator`]: 'supported values: "Exists", "Equal"' },
  },
  {
    what: 'an effect that there is not',
    spec: toleration({ key: 'a', effect: 'Never' }),
    because: { [`${TOLERATION}.effect`]: 'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"' },
  },
  ...['', 'a b', 'Example.com/a', '-a'].map((key) => ({
    what: `a toleration of the key "${key}"`,
    spec: toleration({ key, operator: 'Exists' }),
    because: { [`${TOLERATION}.key`]: KEY },
  })),
  {
    what: 'a toleration of a bad value',
    spec: toleration({ key: 'a', value: 'b c' }),
    because: { [`${TOLERATION}.value`]: VALUE },
  },
];
