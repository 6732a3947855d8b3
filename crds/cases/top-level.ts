import type { AcceptedSpec, RefusedSpec } from './spec-case.ts';

/** Specs with nothing, or with a field of their own, that are taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'nothing', spec: {} },
  { what: 'nothing of every part', spec: { service: {}, autoscaling: {}, pod: {} } },
  ...['debug', 'info', 'warn', 'error'].map((logLevel) => ({ what: `the log level ${logLevel}`, spec: { logLevel } })),
  ...['Always', 'IfNotPresent', 'Never'].map((imagePullPolicy) => ({
    what: `the policy ${imagePullPolicy}`,
    spec: { imagePullPolicy },
  })),
  { what: 'a pause', spec: { paused: true } },
];

/** Specs with a field of their own that is refused. */
export const REFUSED: readonly RefusedSpec[] = [
  {
    what: 'a log level in capitals',
    spec: { logLevel: 'INFO' },
    because: { 'spec.logLevel': 'supported values: "debug", "info", "warn", "error"' },
  },
  {
    what: 'a pause in quotes',
    spec: { paused: 'true' },
    because: { 'spec.paused': 'must be of type boolean: "string"' },
  },
  { what: 'a spec that is a list', spec: [], because: { spec: 'must be of type object: "array"' } },
];
