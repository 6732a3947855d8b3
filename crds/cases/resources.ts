import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

const CPU = 'must be a quantity above 0, for instance 100m, 1 or "0.5"';
const CPU_LIMIT = 'must be a quantity, not negative, for instance 100m, 1 or "0.5"';
const BYTES = 'must be a quantity, not negative, for instance 64Mi, 1Gi or 500M';

/** Valid specs with `resources`. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  ...[1, '1', '100m', '0.5', '.5', '1n', '1e-3', '2e3', '1k', 9_007_199_254_740_991].map((cpu) => ({
    title: `a CPU request of ${JSON.stringify(cpu)}`,
    spec: { resources: { requests: { cpu } } },
  })),
  ...[0, '0', 67_108_864, '64Mi', '0.5Gi', '1e9', '128974848', '129M', '123Ei'].map((memory) => ({
    title: `${JSON.stringify(memory)} of memory`,
    spec: { resources: { requests: { cpu: 1, memory }, limits: { memory } } },
  })),
  {
    title: 'requests equal to the limits in other notations',
    spec: {
      resources: {
        requests: { cpu: '1000m', memory: '1024Mi', 'ephemeral-storage': 1_073_741_824 },
        limits: { cpu: 1, memory: '1Gi', 'ephemeral-storage': '1Gi' },
      },
    },
  },
  {
    title: 'limits of resources without a request',
    spec: { resources: { requests: { cpu: 1 }, limits: { memory: 1 } } },
  },
];

function requestAbove(name: string, request: string | number, limit: string | number): RejectedSpec {
  return {
    title: `a request of ${request} ${name} above the limit of ${limit}`,
    spec: { resources: { requests: { cpu: '1m', [name]: request }, limits: { [name]: limit } } },
    errors: { [`spec.resources.requests.${name}`]: `must not be more than spec.resources.limits.${name}` },
  };
}

function noQuantity(list: 'requests' | 'limits', name: string, words: string): readonly RejectedSpec[] {
  const requests = { cpu: '1m' };
  return ['', ' 1', 'much', '1 Gi', '64MB', '1e', `1${'0'.repeat(32)}`].map((value) => ({
    title: `${list} of ${JSON.stringify(value)} ${name}`,
    spec: { resources: { requests, [list]: { ...(list === 'requests' ? requests : {}), [name]: value } } },
    errors: {
      [`spec.resources.${list}.${name}`]: value.length > 32 ? 'Too long: may not be more than 32' : words,
    },
  }));
}

function negative(name: string, requestWords: string, limitWords: string): readonly RejectedSpec[] {
  return [-1, '-1m'].map((value) => ({
    title: `${JSON.stringify(value)} ${name}`,
    spec: { resources: { requests: { cpu: '1m', [name]: value }, limits: { [name]: value } } },
    errors: {
      [`spec.resources.requests.${name}`]: requestWords,
      [`spec.resources.limits.${name}`]: limitWords,
    },
  }));
}

/** Invalid specs with `resources`. */
export const REJECTED: readonly RejectedSpec[] = [
  ...[{}, { requests: {} }, { limits: { cpu: 1 } }, { requests: { memory: '64Mi' } }].map((resources) => ({
    title: `no CPU request, but ${JSON.stringify(resources)}`,
    spec: { resources },
    errors: {
      'spec.resources.requests.cpu':
        'Required value: must be set when spec.resources is set, since the autoscaler measures the utilization against it',
    },
  })),
  ...negative('cpu', CPU, CPU_LIMIT),
  ...negative('memory', BYTES, BYTES),
  ...negative('ephemeral-storage', BYTES, BYTES),
  ...noQuantity('requests', 'cpu', CPU),
  ...noQuantity('requests', 'memory', BYTES),
  ...noQuantity('requests', 'ephemeral-storage', BYTES),
  ...noQuantity('limits', 'cpu', CPU_LIMIT),
  ...noQuantity('limits', 'memory', BYTES),
  ...noQuantity('limits', 'ephemeral-storage', BYTES),
  ...[0, '0', '0m'].map((cpu) => ({
    title: `a CPU request of ${JSON.stringify(cpu)}`,
    spec: { resources: { requests: { cpu } } },
    errors: { 'spec.resources.requests.cpu': CPU },
  })),
  requestAbove('cpu', '2', '1'),
  requestAbove('cpu', 2, '1999m'),
  requestAbove('memory', '1Gi', '1G'),
  requestAbove('memory', '1Mi', 0),
  requestAbove('ephemeral-storage', '65Mi', '64Mi'),
  {
    title: 'an unquoted fraction',
    spec: { resources: { requests: { cpu: 0.5 } } },
    errors: { 'spec.resources.requests.cpu': 'must be of type integer,string: "number"' },
  },
];
