import type { AcceptedSpec, RefusedSpec } from './spec-case.ts';

const pod = (fields: object): object => ({ pod: fields });

/** Specs with an affinity that is taken; what is in its parts is not looked at. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  {
    what: 'affinity of every kind',
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
  { what: 'no affinity', spec: pod({ affinity: {} }) },
];

/** Specs with an affinity that is refused. */
export const REFUSED: readonly RefusedSpec[] = [
  {
    what: 'a part of affinity that is a list',
    spec: pod({ affinity: { podAffinity: [] } }),
    because: { 'spec.pod.affinity.podAffinity': 'must be of type object: "array"' },
  },
];
