import type { Schema } from './schema.ts';

type Check = (field: Schema) => boolean;

const REQUIRED = ['type', 'status', 'lastTransitionTime', 'reason', 'message'];

/** What metav1.Condition (k8s.io/apimachinery/pkg/apis/meta/v1/types.go) restricts, for each of its fields. */
const RESTRICTIONS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  type: {
    maxLength: (field) => hasMaxLength(field, 316),
    pattern: (field) =>
      hasPattern(
        field,
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
      ),
  },
  status: { enum: ({ enum: values }) => values?.toSorted().join(' ') === 'False True Unknown' },
  observedGeneration: { minimum: ({ minimum = -1 }) => minimum >= 0 },
  lastTransitionTime: { format: ({ format }) => format === 'date-time' },
  reason: {
    minLength: ({ minLength = 0 }) => minLength >= 1,
    maxLength: (field) => hasMaxLength(field, 1024),
    pattern: (field) => hasPattern(field, '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$'),
  },
  message: { maxLength: (field) => hasMaxLength(field, 32_768) },
};

/** Says whether a schema is that of a condition. */
export function isConditionSchema({ properties = {} }: Schema): boolean {
  return ['type', 'status', 'reason'].every((name) => name in properties);
}

/** Finds what metav1.Condition restricts and the schema of a condition does not, such as `reason: pattern`. */
export function findLaxities({ properties = {}, required = [] }: Schema): readonly string[] {
  const optional = REQUIRED.filter((name) => !required.includes(name)).map((name) => `${name}: required`);
  const lax = Object.entries(RESTRICTIONS).flatMap(([name, checks]) => {
    const { [name]: field = {} } = properties;
    return Object.entries(checks)
      .filter(([, holds]) => !holds(field))
      .map(([restriction]) => `${name}: ${restriction}`);
  });
  return [...optional, ...lax];
}

function hasMaxLength({ maxLength = Number.POSITIVE_INFINITY }: Schema, limit: number): boolean {
  return maxLength <= limit;
}

/** A rule, since a `pattern` would print the regular expression at the user. */
function hasPattern({ 'x-kubernetes-validations': rules = [] }: Schema, pattern: string): boolean {
  return rules.some(({ rule }) => rule.replaceAll(/\s/g, '') === `self.matches('${pattern}')`);
}
