import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

/** Valid specs with top-level fields. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'an empty spec', spec: {} },
  { title: 'empty parts', spec: { service: {}, autoscaling: {}, pod: {} } },
  ...['debug', 'info', 'warn', 'error'].map((logLevel) => ({ title: `the log level ${logLevel}`, spec: { logLevel } })),
  ...['Always', 'IfNotPresent', 'Never'].map((imagePullPolicy) => ({
    title: `the policy ${imagePullPolicy}`,
    spec: { imagePullPolicy },
  })),
  { title: 'a paused resource', spec: { paused: true } },
];

/** Invalid specs with top-level fields. */
export const REJECTED: readonly RejectedSpec[] = [
  {
    title: 'a log level in capitals',
    spec: { logLevel: 'INFO' },
    errors: { 'spec.logLevel': 'supported values: "debug", "info", "warn", "error"' },
  },
  {
    title: 'a quoted boolean',
    spec: { paused: 'true' },
    errors: { 'spec.paused': 'must be of type boolean: "string"' },
  },
  { title: 'a spec that is a list', spec: [], errors: { spec: 'must be of type object: "array"' } },
];
