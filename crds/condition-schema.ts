import type { Schema } from './schema.ts';

type Check = (field: Schema) => boolean;

const REQUIRED = ['type', 'status', 'lastTransitionTime', 'reason', 'message'];

/** The restrictions of metav1.Condition (k8s.io/apimachinery/pkg/apis/meta/v1/types.go), by field. */
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

/** Whether a schema describes a condition. */
export function isConditionSchema({ properties = {} }: Schema): boolean {
  return ['type', 'status', 'reason'].every((name) => name in properties);
}

/** Lists the restrictions of metav1.Condition that a schema lacks, such as `reason: pattern`. */
export function findMissingRestrictions({ properties = {}, required = [] }: Schema): readonly string[] {
  const optional = REQUIRED.filter((name) => !required.includes(name)).map((name) => `${name}: required`);
  const missing = Object.entries(RESTRICTIONS).flatMap(([name, checks]) => {
    const { [name]: field = {} } = properties;
    return Object.entries(checks)
      .filter(([, holds]) => !holds(field))
      .map(([restriction]) => `${name}: ${restriction}`);
  });
  return [...optional, ...missing];
}

function hasMaxLength({ maxLength = Number.POSITIVE_INFINITY }: Schema, limit: number): boolean {
  return maxLength <= limit;
}

/** Looks for a rule, because the error message of a `pattern` contains the regular expression. */
function hasPattern({ 'x-kubernetes-validations': rules = [] }: Schema, pattern: string): boolean {
  return rules.some(({ rule }) => rule.replaceAll(/\s/g, '') === `self.matches('${pattern}')`);
}
