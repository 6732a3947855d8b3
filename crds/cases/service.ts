import { type AcceptedSpec, type RefusedSpec, tooLong, tooMany } from './spec-case.ts';

const ANNOTATION_KEY = 'a key is at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** `count` annotations with values of `length` times `character`. */
export function annotations(count: number, character: string, length: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, character.repeat(length)]));
}

/** Specs with a `service` that is taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'the lowest port', spec: { service: { port: 1 } } },
  { what: 'the highest port', spec: { service: { port: 65535 } } },
  { what: 'a NodePort that Kubernetes picks', spec: { service: { type: 'NodePort' } } },
  { what: 'a NodePort of choice', spec: { service: { type: 'NodePort', nodePort: 30000 } } },
  { what: 'a LoadBalancer with a node port', spec: { service: { type: 'LoadBalancer', nodePort: 32767 } } },
  { what: 'the lowest node port', spec: { service: { type: 'NodePort', nodePort: 1 } }, dependsOnFlags: true },
  { what: 'the highest node port', spec: { service: { type: 'NodePort', nodePort: 65535 } }, dependsOnFlags: true },
  { what: 'as many and as long annotations as can be', spec: { service: { annotations: annotations(64, 'a', 2048) } } },
  {
    what: 'annotation keys with and without a DNS name, in capitals too',
    spec: {
      service: { annotations: { a: '', 'A.b_c-d': '1', 'Example.com/A': 'any text: ü\n', ['k'.repeat(63)]: '' } },
    },
  },
  {
    what: 'source ranges of a load balancer',
    spec: { service: { type: 'LoadBalancer', annotations: { [SOURCE_RANGES]: '10.0.0.0/8' } } },
  },
];

/** Specs with a `service` that is refused. */
export const REFUSED: readonly RefusedSpec[] = [
  { what: 'port 0', spec: { service: { port: 0 } }, because: { 'spec.service.port': 'greater than or equal to 1' } },
  {
    what: 'a port above the last',
    spec: { service: { port: 65536 } },
    because: { 'spec.service.port': 'less than or equal to 65535' },
  },
  {
    what: 'a port beyond 32 bits',
    spec: { service: { port: 4_294_967_376 } },
    because: {
      'spec.service.port': 'less than or equal to 65535',
      // The API server's own words about 32 bits come without a field.
      '<nil>': 'must be of type integer with format int32 in spec.service.port',
    },
  },
  {
    what: 'a port in quotes',
    spec: { service: { port: '80' } },
    because: { 'spec.service.port': 'must be of type integer: "string"' },
  },
  {
    what: 'a port with a fraction',
    spec: { service: { port: 80.5 } },
    because: {
      'spec.service.port': 'must be of type int32: "float64"',
      '<nil>': 'must be of type integer with format int32 in spec.service.port',
    },
  },
  { what: 'no object', spec: { service: 80 }, because: { 'spec.service': 'must be of type object: "integer"' } },
  {
    what: 'a type that there is not',
    spec: { service: { type: 'ExternalName' } },
    because: { 'spec.service.type': 'supported values: "ClusterIP", "NodePort", "LoadBalancer"' },
  },
  {
    what: 'a node port of a ClusterIP Service',
    spec: { service: { nodePort: 30000 } },
    because: { 'spec.service.nodePort': 'may be set only when spec.service.type is NodePort or LoadBalancer' },
  },
  {
    what: 'node port 0',
    spec: { service: { type: 'NodePort', nodePort: 0 } },
    because: { 'spec.service.nodePort': 'greater than or equal to 1' },
  },
  {
    what: 'a node port above the last',
    spec: { service: { type: 'NodePort', nodePort: 65536 } },
    because: { 'spec.service.nodePort': 'less than or equal to 65535' },
  },
  tooMany('spec.service.annotations', 64, (keys) => ({
    service: { annotations: Object.fromEntries(keys.map((key) => [key, ''])) },
  })),
  tooLong('spec.service.annotations.a', 2048, (a) => ({ service: { annotations: { a } } })),
  {
    what: 'annotations that are too long together, in bytes',
    spec: { service: { annotations: annotations(64, 'ü', 2048) } },
    because: { 'spec.service.annotations': 'must be at most 196608 bytes (192 KiB) in all, keys and values together' },
  },
  {
    what: 'an annotation that is a number',
    spec: { service: { annotations: { timeout: 30 } } },
    because: { 'spec.service.annotations.timeout': 'must be of type string: "integer"' },
  },
  ...['', 'a b', '-a', 'a-', '/a', 'a/', 'a/b/c', 'a..b/c', 'a_b/c', 'ü', 'k'.repeat(64), `${'d'.repeat(254)}/k`].map(
    (key) => ({
      what: `the annotation key "${key.slice(0, 70)}"`,
      spec: { service: { annotations: { good: '', [key]: '' } } },
      because: {
        'spec.service.annotations': `has a key that no annotation can have: ["${key}"]; ${ANNOTATION_KEY}`,
      },
    }),
  ),
  {
    what: 'source ranges without a load balancer',
    spec: { service: { annotations: { [SOURCE_RANGES]: '10.0.0.0/8' } } },
    because: { 'spec.service.annotations': `must not have ${SOURCE_RANGES} unless spec.service.type is LoadBalancer` },
  },
];
