import { type AcceptedSpec, type RefusedSpec, tooLong, tooMany } from './spec-case.ts';

const NAME =
  'must be lowercase letters, digits, - and ., each part between dots beginning and ending with a letter or digit';

const pod = (fields: object): object => ({ pod: fields });

/** Specs that name other objects in ways that are taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  {
    what: 'names of other objects',
    spec: pod({
      priorityClassName: 'system-cluster-critical',
      serviceAccountName: 'a.b-c.1',
      imagePullSecrets: [{ name: 'a' }, { name: 's'.repeat(63) }, { name: `${'s'.repeat(126)}.${'s'.repeat(126)}` }],
    }),
  },
  { what: 'no Secrets', spec: pod({ imagePullSecrets: [] }) },
];

function badNames(field: 'priorityClassName' | 'serviceAccountName'): readonly RefusedSpec[] {
  return ['', 'Name', 'a_b', '-a', 'a.', 'a..b'].map((name) => ({
    what: `the ${field} "${name}"`,
    spec: pod({ [field]: name }),
    because: { [`spec.pod.${field}`]: NAME },
  }));
}

/** Specs that name other objects in ways that are refused. */
export const REFUSED: readonly RefusedSpec[] = [
  tooLong('spec.pod.priorityClassName', 253, (priorityClassName) => pod({ priorityClassName })),
  tooLong('spec.pod.serviceAccountName', 253, (serviceAccountName) => pod({ serviceAccountName })),
  tooMany('spec.pod.imagePullSecrets', 16, (names) => pod({ imagePullSecrets: names.map((name) => ({ name })) })),
  tooLong('spec.pod.imagePullSecrets[0].name', 253, (name) => pod({ imagePullSecrets: [{ name }] })),
  ...badNames('priorityClassName'),
  ...badNames('serviceAccountName'),
  {
    what: 'a Secret without a name',
    spec: pod({ imagePullSecrets: [{}] }),
    because: { 'spec.pod.imagePullSecrets[0].name': 'Required value' },
  },
  {
    what: 'a Secret with a bad name',
    spec: pod({ imagePullSecrets: [{ name: 'My Secret' }] }),
    because: { 'spec.pod.imagePullSecrets[0].name': NAME },
  },
  {
    what: 'a Secret twice',
    spec: pod({ imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }),
    because: { 'spec.pod.imagePullSecrets[1]': 'Duplicate value: {"name":"a"}' },
  },
];
