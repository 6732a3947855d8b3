import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

const NAME =
  'must be lowercase letters, digits, - and ., each part between dots beginning and ending with a letter or digit';

const pod = (fields: object): object => ({ pod: fields });

/** Valid specs with references to other objects. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  {
    title: 'references to other objects',
    spec: pod({
      priorityClassName: 'system-cluster-critical',
      serviceAccountName: 'a.b-c.1',
      imagePullSecrets: [{ name: 'a' }, { name: 's'.repeat(63) }, { name: `${'s'.repeat(126)}.${'s'.repeat(126)}` }],
    }),
  },
  { title: 'no Secrets', spec: pod({ imagePullSecrets: [] }) },
];

function badNames(field: 'priorityClassName' | 'serviceAccountName'): readonly RejectedSpec[] {
  return ['', 'Name', 'a_b', '-a', 'a.', 'a..b'].map((name) => ({
    title: `the ${field} "${name}"`,
    spec: pod({ [field]: name }),
    errors: { [`spec.pod.${field}`]: NAME },
  }));
}

/** Invalid specs with references to other objects. */
export const REJECTED: readonly RejectedSpec[] = [
  tooLong('spec.pod.priorityClassName', 253, (priorityClassName) => pod({ priorityClassName })),
  tooLong('spec.pod.serviceAccountName', 253, (serviceAccountName) => pod({ serviceAccountName })),
  tooMany('spec.pod.imagePullSecrets', 16, (names) => pod({ imagePullSecrets: names.map((name) => ({ name })) })),
  tooLong('spec.pod.imagePullSecrets[0].name', 253, (name) => pod({ imagePullSecrets: [{ name }] })),
  ...badNames('priorityClassName'),
  ...badNames('serviceAccountName'),
  {
    title: 'a Secret without a name',
    spec: pod({ imagePullSecrets: [{}] }),
    errors: { 'spec.pod.imagePullSecrets[0].name': 'Required value' },
  },
  {
    title: 'a Secret with an invalid name',
    spec: pod({ imagePullSecrets: [{ name: 'My Secret' }] }),
    errors: { 'spec.pod.imagePullSecrets[0].name': NAME },
  },
  {
    title: 'a duplicate Secret',
    spec: pod({ imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }),
    errors: { 'spec.pod.imagePullSecrets[1]': 'Duplicate value: {"name":"a"}' },
  },
];
