import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

const pod = (fields: object): object => ({ pod: fields });

/** Valid specs with an affinity. The schema does not validate the content of its three parts. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  {
    title: 'affinity of every kind',
    spec: pod({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }],
          },
        },
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', labelSelector: {} }],
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey: 'a', namespaceSelector: {} } },
          ],
        },
      },
    }),
  },
  { title: 'no affinity', spec: pod({ affinity: {} }) },
];

/** Invalid specs with an affinity. */
export const REJECTED: readonly RejectedSpec[] = [
  {
    title: 'a part of affinity that is a list',
    spec: pod({ affinity: { podAffinity: [] } }),
    errors: { 'spec.pod.affinity.podAffinity': 'must be of type object: "array"' },
  },
];
