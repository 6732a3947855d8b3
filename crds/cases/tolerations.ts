import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

const KEY = 'must be at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const TOLERATION = 'spec.pod.tolerations[0]';

const tolerations = (...list: readonly object[]): object => ({ pod: { tolerations: list } });
const toleration = (fields: object): object => tolerations(fields);

/** Valid specs with tolerations. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'a toleration of every taint', spec: toleration({ operator: 'Exists' }) },
  {
    title: 'a toleration of a key',
    spec: toleration({ key: 'example.com/a', operator: 'Exists', effect: 'NoSchedule' }),
  },
  { title: 'a toleration of a value', spec: toleration({ key: 'a', value: 'B.c_d', effect: 'PreferNoSchedule' }) },
  { title: 'a toleration of the empty value', spec: toleration({ key: 'a', operator: 'Equal' }) },
  { title: 'a toleration with a duration', spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: 0 }) },
  {
    title: 'a toleration with the longest duration',
    spec: toleration({ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: Number.MAX_SAFE_INTEGER }),
  },
  {
    title: 'the most tolerations',
    spec: tolerations(...Array.from({ length: 64 }, () => ({ operator: 'Exists' }))),
  },
  { title: 'no tolerations', spec: tolerations() },
];

/** Invalid specs with tolerations. */
export const REJECTED: readonly RejectedSpec[] = [
  tooMany('spec.pod.tolerations', 64, (keys) => tolerations(...keys.map((key) => ({ key })))),
  tooLong('spec.pod.tolerations[0].key', 317, (key) => toleration({ key })),
  tooLong('spec.pod.tolerations[0].value', 63, (value) => toleration({ key: 'a', value })),
  {
    title: 'an empty toleration',
    spec: toleration({}),
    errors: {
      [`${TOLERATION}.key`]:
        'Required value: must be set unless operator is Exists, which without a key tolerates every taint',
    },
  },
  {
    title: 'a toleration of a value without a key',
    spec: toleration({ operator: 'Equal', value: 'a' }),
    errors: { [`${TOLERATION}.key`]: 'Required value: must be set unless operator is Exists' },
  },
  {
    title: 'the operator Exists with a value',
    spec: toleration({ key: 'a', operator: 'Exists', value: 'b' }),
    errors: { [`${TOLERATION}.value`]: 'must not be set when operator is Exists' },
  },
  {
    title: 'a toleration with a duration but no effect',
    spec: toleration({ key: 'a', tolerationSeconds: 1 }),
    errors: { [`${TOLERATION}.tolerationSeconds`]: 'may be set only when effect is NoExecute' },
  },
  {
    title: 'a toleration with a duration and another effect',
    spec: toleration({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }),
    errors: { [`${TOLERATION}.tolerationSeconds`]: 'may be set only when effect is NoExecute' },
  },
  {
    title: 'a toleration with a negative duration',
    spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: -1 }),
    errors: { [`${TOLERATION}.tolerationSeconds`]: 'greater than or equal to 0' },
  },
  {
    title: 'a toleration with a duration above Number.MAX_SAFE_INTEGER',
    spec: toleration({ key: 'a', effect: 'NoExecute', tolerationSeconds: 9_007_199_254_740_992 }),
    errors: { [`${TOLERATION}.tolerationSeconds`]: 'less than or equal to 9007199254740991' },
  },
  {
    title: 'an operator behind a feature gate',
    spec: toleration({ key: 'a', operator: 'Gt', value: '1' }),
    errors: { [`${TOLERATION}.operator`]: 'supported values: "Exists", "Equal"' },
  },
  {
    title: 'an unknown effect',
    spec: toleration({ key: 'a', effect: 'Never' }),
    errors: { [`${TOLERATION}.effect`]: 'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"' },
  },
  ...['', 'a b', 'Example.com/a', '-a'].map((key) => ({
    title: `a toleration of the key "${key}"`,
    spec: toleration({ key, operator: 'Exists' }),
    errors: { [`${TOLERATION}.key`]: KEY },
  })),
  {
    title: 'a toleration of an invalid value',
    spec: toleration({ key: 'a', value: 'b c' }),
    errors: { [`${TOLERATION}.value`]: VALUE },
  },
];
