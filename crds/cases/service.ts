import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

const ANNOTATION_KEY = 'a key is at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** `count` annotations with values of `length` times `character`. */
export function annotations(count: number, character: string, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, character.repeat(length)]));
}

const VALID_RANGES = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '255.255.255.255/32',
  '::/0',
  '::1/128',
  '2001:db8::/32',
  '2001:DB8:0:0:0:0:0:1/128',
  'fe80:0:0:1::/64',
];

const INVALID_RANGES = [
  '',
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0.256/8',
  '10.0.0/8',
  '010.0.0.0/8',
  ' 10.0.0.0/8',
  '2001:db8::/129',
  '2001::db8::/32',
  '1:2:3:4:5:6:7:8:9/64',
  'example.com',
];

function ranges(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.${index}.0.0/16`);
}

const NOT_A_RANGE = 'must be a range of addresses, for instance 10.0.0.0/8 or 2001:db8::/32';
const NODE_PORT_OR_LOAD_BALANCER = 'may be set only when spec.service.type is NodePort or LoadBalancer';
const LOAD_BALANCER = 'may be set only when spec.service.type is LoadBalancer';

/** Valid specs with a `service`. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'the lowest port', spec: { service: { port: 1 } } },
  { title: 'the highest port', spec: { service: { port: 65535 } } },
  { title: 'an allocated node port', spec: { service: { type: 'NodePort' } } },
  { title: 'an explicit node port', spec: { service: { type: 'NodePort', nodePort: 30000 } } },
  { title: 'a LoadBalancer with a node port', spec: { service: { type: 'LoadBalancer', nodePort: 32767 } } },
  { title: 'the lowest node port', spec: { service: { type: 'NodePort', nodePort: 1 } }, dependsOnFlags: true },
  { title: 'the highest node port', spec: { service: { type: 'NodePort', nodePort: 65535 } }, dependsOnFlags: true },
  { title: 'the most and longest annotations', spec: { service: { annotations: annotations(64, 'a', 2048) } } },
  {
    title: 'annotation keys with and without a prefix and capitals',
    spec: {
      service: { annotations: { a: '', 'A.b_c-d': '1', 'Example.com/A': 'any text: ü\n', ['k'.repeat(63)]: '' } },
    },
  },
  ...['Cluster', 'Local'].flatMap((policy) => [
    {
      title: `external traffic policy ${policy}`,
      spec: { service: { type: 'NodePort', externalTrafficPolicy: policy } },
    },
    {
      title: `external traffic policy ${policy} of a LoadBalancer`,
      spec: { service: { type: 'LoadBalancer', externalTrafficPolicy: policy } },
    },
    { title: `internal traffic policy ${policy}`, spec: { service: { internalTrafficPolicy: policy } } },
  ]),
  ...['PreferClose', 'PreferSameZone', 'PreferSameNode'].map((trafficDistribution) => ({
    title: `traffic distribution ${trafficDistribution}`,
    spec: { service: { trafficDistribution } },
    newValue: { path: ['spec', 'trafficDistribution'], value: trafficDistribution },
  })),
  ...['None', 'ClientIP'].map((sessionAffinity) => ({
    title: `session affinity ${sessionAffinity}`,
    spec: { service: { sessionAffinity } },
  })),
  ...['internal', 'example.com/internal-vip', 'example.com/A.b_c'].map((loadBalancerClass) => ({
    title: `load balancer class ${loadBalancerClass}`,
    spec: { service: { type: 'LoadBalancer', loadBalancerClass } },
  })),
  {
    title: 'ranges of both IP families',
    spec: { service: { type: 'LoadBalancer', loadBalancerSourceRanges: VALID_RANGES } },
  },
  {
    title: 'the most ranges',
    spec: { service: { type: 'LoadBalancer', loadBalancerSourceRanges: ranges(64) } },
  },
  ...['SingleStack', 'PreferDualStack'].map((ipFamilyPolicy) => ({
    title: `IP family policy ${ipFamilyPolicy}`,
    spec: { service: { ipFamilyPolicy } },
  })),
  {
    title: 'IP family policy RequireDualStack',
    spec: { service: { ipFamilyPolicy: 'RequireDualStack' } },
    dependsOnFlags: true,
  },
  {
    title: 'source ranges of a load balancer',
    spec: { service: { type: 'LoadBalancer', annotations: { [SOURCE_RANGES]: '10.0.0.0/8' } } },
  },
];

/** Invalid specs with a `service`. */
export const REJECTED: readonly RejectedSpec[] = [
  { title: 'port 0', spec: { service: { port: 0 } }, errors: { 'spec.service.port': 'greater than or equal to 1' } },
  {
    title: 'a port above 65535',
    spec: { service: { port: 65536 } },
    errors: { 'spec.service.port': 'less than or equal to 65535' },
  },
  {
    title: 'a port beyond 32 bits',
    spec: { service: { port: 4_294_967_376 } },
    errors: {
      'spec.service.port': 'less than or equal to 65535',
    },
  },
  {
    title: 'a port in quotes',
    spec: { service: { port: '80' } },
    errors: { 'spec.service.port': 'must be of type integer: "string"' },
  },
  {
    title: 'a port with a fraction',
    spec: { service: { port: 80.5 } },
    errors: {
      'spec.service.port': 'must be of type int32: "float64"',
    },
  },
  {
    title: 'a value that is not an object',
    spec: { service: 80 },
    errors: { 'spec.service': 'must be of type object: "integer"' },
  },
  {
    title: 'an unknown type',
    spec: { service: { type: 'ExternalName' } },
    errors: { 'spec.service.type': 'supported values: "ClusterIP", "NodePort", "LoadBalancer"' },
  },
  {
    title: 'a node port of a ClusterIP Service',
    spec: { service: { nodePort: 30000 } },
    errors: { 'spec.service.nodePort': 'may be set only when spec.service.type is NodePort or LoadBalancer' },
  },
  {
    title: 'node port 0',
    spec: { service: { type: 'NodePort', nodePort: 0 } },
    errors: { 'spec.service.nodePort': 'greater than or equal to 1' },
  },
  {
    title: 'a node port above 65535',
    spec: { service: { type: 'NodePort', nodePort: 65536 } },
    errors: { 'spec.service.nodePort': 'less than or equal to 65535' },
  },
  tooMany('spec.service.annotations', 64, (keys) => ({
    service: { annotations: Object.fromEntries(keys.map((key) => [key, ''])) },
  })),
  tooLong('spec.service.annotations.a', 2048, (a) => ({ service: { annotations: { a } } })),
  {
    title: 'annotations that are too large in total, in bytes',
    spec: { service: { annotations: annotations(64, 'ü', 2048) } },
    errors: { 'spec.service.annotations': 'must be at most 196608 bytes (192 KiB) in all, keys and values together' },
  },
  {
    title: 'an annotation that is a number',
    spec: { service: { annotations: { timeout: 30 } } },
    errors: { 'spec.service.annotations.timeout': 'must be of type string: "integer"' },
  },
  ...['', 'a b', '-a', 'a-', '/a', 'a/', 'a/b/c', 'a..b/c', 'a_b/c', 'ü', 'k'.repeat(64), `${'d'.repeat(254)}/k`].map(
    (key) => ({
      title: `the annotation key "${key.slice(0, 70)}"`,
      spec: { service: { annotations: { good: '', [key]: '' } } },
      errors: {
        'spec.service.annotations': `has a key that no annotation can have: ["${key}"]; ${ANNOTATION_KEY}`,
      },
    }),
  ),
  {
    title: 'source ranges without a load balancer',
    spec: { service: { annotations: { [SOURCE_RANGES]: '10.0.0.0/8' } } },
    errors: { 'spec.service.annotations': `must not have ${SOURCE_RANGES} unless spec.service.type is LoadBalancer` },
  },
  {
    title: 'an external traffic policy of a ClusterIP Service',
    spec: { service: { externalTrafficPolicy: 'Local' } },
    errors: { 'spec.service.externalTrafficPolicy': NODE_PORT_OR_LOAD_BALANCER },
  },
  ...['ClusterIP', 'NodePort'].flatMap((type) => [
    {
      title: `a load balancer class of a ${type} Service`,
      spec: { service: { type, loadBalancerClass: 'example.com/internal' } },
      errors: { 'spec.service.loadBalancerClass': LOAD_BALANCER },
    },
    {
      title: `source ranges of a ${type} Service`,
      spec: { service: { type, loadBalancerSourceRanges: ['10.0.0.0/8'] } },
      errors: { 'spec.service.loadBalancerSourceRanges': LOAD_BALANCER },
    },
  ]),
  ...INVALID_RANGES.map((range) => ({
    title: `the source range "${range}"`,
    spec: { service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24', range] } },
    errors: { 'spec.service.loadBalancerSourceRanges[1]': NOT_A_RANGE },
  })),
  {
    title: '65 source ranges',
    spec: { service: { type: 'LoadBalancer', loadBalancerSourceRanges: ranges(65) } },
    errors: { 'spec.service.loadBalancerSourceRanges': 'Too many: 65: must have at most 64 items' },
  },
  ...['', '-a', 'a b', 'A.com/x', 'a/b/c', 'k'.repeat(64)].map((loadBalancerClass) => ({
    title: `the load balancer class "${loadBalancerClass}"`,
    spec: { service: { type: 'LoadBalancer', loadBalancerClass } },
    errors: { 'spec.service.loadBalancerClass': 'must be at most 63 letters, digits, -, _ and .' },
  })),
  ...['externalTrafficPolicy', 'internalTrafficPolicy', 'trafficDistribution', 'sessionAffinity', 'ipFamilyPolicy'].map(
    (field) => ({
      title: `an unknown ${field}`,
      spec: { service: { type: 'NodePort', [field]: 'Other' } },
      errors: { [`spec.service.${field}`]: 'Unsupported value: "Other": supported values: ' },
    }),
  ),
  {
    title: 'an annotation of the operator',
    spec: { service: { annotations: { 'temperature-converter.io/adopt': 'web' } } },
    errors: {
      'spec.service.annotations':
        'must not have an annotation that the operator sets or reads: ["temperature-converter.io/adopt"]',
    },
  },
];
