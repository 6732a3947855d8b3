import { annotations } from './service.ts';
import { type AcceptedSpec, type RefusedSpec, tooLong, tooMany } from './spec-case.ts';

const LABEL_KEY = 'a key is at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
const LABEL_VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const LONG_DNS_NAME = [63, 63, 63, 61].map((length) => 'd'.repeat(length)).join('.');

const GOOD_LABELS = {
  a: '',
  'A.b_c-d': 'V_a.l-ue',
  'example.com/a': '1',
  ['k'.repeat(63)]: 'v'.repeat(63),
  [`${LONG_DNS_NAME}/${'k'.repeat(63)}`]: 'v',
};

const BAD_KEYS = [
  '',
  'a b',
  '-a',
  'a-',
  '/a',
  'a/',
  'a/b/c',
  'Example.com/a',
  'a_b/c',
  'ü',
  'k'.repeat(64),
  `${LONG_DNS_NAME}d/k`,
];
const BAD_VALUES = ['-a', 'a-', 'a b', 'a/b', 'ü', '.'];

function withKeys(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, 'value']));
}

function many(count: number): Record<string, string> {
  return withKeys(Array.from({ length: count }, (_, index) => `key-${index}`));
}

/** Specs with labels, annotations and node selectors that are taken. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { what: 'labels of every form', spec: { pod: { labels: GOOD_LABELS } } },
  { what: 'a node selector of every form', spec: { pod: { nodeSelector: GOOD_LABELS } } },
  {
    what: 'labels that resemble those of the operator',
    spec: { pod: { labels: { name: 'a', 'example.com/name': 'b' } } },
  },
  { what: 'as many labels as can be', spec: { pod: { labels: many(64) } } },
  { what: 'a node selector as long as can be', spec: { pod: { nodeSelector: many(32) } } },
  { what: 'as many and as long annotations as can be', spec: { pod: { annotations: annotations(64, 'a', 2048) } } },
  { what: 'empty maps', spec: { pod: { labels: {}, annotations: {}, nodeSelector: {} } } },
];

function badLabels(field: 'labels' | 'nodeSelector'): readonly RefusedSpec[] {
  const keys = BAD_KEYS.map((key) => ({
    what: `the key "${key.slice(0, 70)}" in ${field}`,
    spec: { pod: { [field]: { good: '', [key]: '' } } },
    because: { [`spec.pod.${field}`]: `has a key that no label can have: ["${key}"]; ${LABEL_KEY}` },
  }));
  const values = BAD_VALUES.map((value) => ({
    what: `the value "${value}" in ${field}`,
    spec: { pod: { [field]: { good: 'good', bad: value } } },
    because: { [`spec.pod.${field}[bad]`]: LABEL_VALUE },
  }));
  return [...keys, ...values, tooLong(`spec.pod.${field}.a`, 63, (a) => ({ pod: { [field]: { a } } }))];
}

/** Specs with labels, annotations and node selectors that are refused. */
export const REFUSED: readonly RefusedSpec[] = [
  ...badLabels('labels'),
  ...badLabels('nodeSelector'),
  tooMany('spec.pod.labels', 64, (keys) => ({ pod: { labels: withKeys(keys) } })),
  tooMany('spec.pod.nodeSelector', 32, (keys) => ({ pod: { nodeSelector: withKeys(keys) } })),
  tooMany('spec.pod.annotations', 64, (keys) => ({ pod: { annotations: withKeys(keys) } })),
  tooLong('spec.pod.annotations.a', 2048, (a) => ({ pod: { annotations: { a } } })),
  ...['name', 'instance', 'component', 'part-of', 'managed-by', 'version'].map((name) => ({
    what: `the operator's label ${name}`,
    spec: { pod: { labels: { good: 'good', [`app.kubernetes.io/${name}`]: 'mine' } } },
    because: {
      'spec.pod.labels': `must not have a label that the operator sets itself: ["app.kubernetes.io/${name}"]`,
    },
  })),
  {
    what: 'a bad annotation key',
    spec: { pod: { annotations: { 'a b': '' } } },
    because: { 'spec.pod.annotations': 'has a key that no annotation can have: ["a b"]' },
  },
  {
    what: 'annotations that are too long together',
    spec: { pod: { annotations: annotations(64, 'ü', 2048) } },
    because: { 'spec.pod.annotations': 'must be at most 196608 bytes (192 KiB) in all' },
  },
  {
    what: "the annotation of a kubelet's own pods",
    spec: { pod: { annotations: { 'kubernetes.io/config.mirror': 'x' } } },
    because: { 'spec.pod.annotations': 'must not have kubernetes.io/config.mirror' },
  },
];
