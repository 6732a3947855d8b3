import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

const ANNOTATION_KEY = 'a key is at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** `count` annotations with values of `length` times `character`. */
export function annotations(count: number, character: string, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, character.repeat(length)]));
}

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
      // The API server reports the format error without a field.
      '<nil>': 'must be of type integer with format int32 in spec.service.port',
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
      '<nil>': 'must be of type integer with format int32 in spec.service.port',
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
];
