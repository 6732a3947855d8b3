import { annotations } from './service.ts';
import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

/** Part of the message about an invalid key of a label. */
export const LABEL_KEY = 'a key is at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit';
/** The message about an invalid value of a label. */
export const LABEL_VALUE = 'must be empty, or letters, digits, -, _ and ., beginning and ending with a letter or digit';
const LONG_DNS_NAME = [63, 63, 63, 61].map((length) => 'd'.repeat(length)).join('.');

/** Labels of every form. */
export const VALID_LABELS = {
  a: '',
  'A.b_c-d': 'V_a.l-ue',
  'example.com/a': '1',
  ['k'.repeat(63)]: 'v'.repeat(63),
  [`${LONG_DNS_NAME}/${'k'.repeat(63)}`]: 'v',
};

/** Keys that no label can have. */
export const INVALID_KEYS = [
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
/** Values that no label can have. */
export const INVALID_VALUES = ['-a', 'a-', 'a b', 'a/b', 'ü', '.'];

function withKeys(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, 'value']));
}

/** `count` labels. */
export function many(count: number): Record<string, string> {
  return withKeys(Array.from({ length: count }, (_, index) => `key-${index}`));
}

/** Valid specs with labels, annotations and node selectors. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'labels of every form', spec: { pod: { labels: VALID_LABELS } } },
  { title: 'a node selector of every form', spec: { pod: { nodeSelector: VALID_LABELS } } },
  {
    title: "labels similar to the operator's",
    spec: { pod: { labels: { name: 'a', 'example.com/name': 'b' } } },
  },
  { title: 'the most labels', spec: { pod: { labels: many(64) } } },
  { title: 'the longest node selector', spec: { pod: { nodeSelector: many(32) } } },
  { title: 'the most and longest annotations', spec: { pod: { annotations: annotations(64, 'a', 2048) } } },
  { title: 'empty maps', spec: { pod: { labels: {}, annotations: {}, nodeSelector: {} } } },
];

function invalidLabels(field: 'labels' | 'nodeSelector'): readonly RejectedSpec[] {
  const keys = INVALID_KEYS.map((key) => ({
    title: `the key "${key.slice(0, 70)}" in ${field}`,
    spec: { pod: { [field]: { good: '', [key]: '' } } },
    errors: { [`spec.pod.${field}`]: `has a key that no label can have: ["${key}"]; ${LABEL_KEY}` },
  }));
  const values = INVALID_VALUES.map((value) => ({
    title: `the value "${value}" in ${field}`,
    spec: { pod: { [field]: { good: 'good', bad: value } } },
    errors: { [`spec.pod.${field}[bad]`]: LABEL_VALUE },
  }));
  return [...keys, ...values, tooLong(`spec.pod.${field}.a`, 63, (a) => ({ pod: { [field]: { a } } }))];
}

/** Invalid specs with labels, annotations and node selectors. */
export const REJECTED: readonly RejectedSpec[] = [
  ...invalidLabels('labels'),
  ...invalidLabels('nodeSelector'),
  tooMany('spec.pod.labels', 64, (keys) => ({ pod: { labels: withKeys(keys) } })),
  tooMany('spec.pod.nodeSelector', 32, (keys) => ({ pod: { nodeSelector: withKeys(keys) } })),
  tooMany('spec.pod.annotations', 64, (keys) => ({ pod: { annotations: withKeys(keys) } })),
  tooLong('spec.pod.annotations.a', 2048, (a) => ({ pod: { annotations: { a } } })),
  ...['name', 'instance', 'component', 'part-of', 'managed-by', 'version'].map((name) => ({
    title: `the operator's label ${name}`,
    spec: { pod: { labels: { good: 'good', [`app.kubernetes.io/${name}`]: 'mine' } } },
    errors: {
      'spec.pod.labels': `must not have a label that the operator sets itself: ["app.kubernetes.io/${name}"]`,
    },
  })),
  {
    title: 'an invalid annotation key',
    spec: { pod: { annotations: { 'a b': '' } } },
    errors: { 'spec.pod.annotations': 'has a key that no annotation can have: ["a b"]' },
  },
  {
    title: 'annotations that are too large in total',
    spec: { pod: { annotations: annotations(64, 'ü', 2048) } },
    errors: { 'spec.pod.annotations': 'must be at most 196608 bytes (192 KiB) in all' },
  },
  {
    title: "the operator's annotation",
    spec: { pod: { annotations: { 'temperature-converter.io/adopt': 'web' } } },
    errors: { 'spec.pod.annotations': 'must not have an annotation that the operator sets or reads' },
  },
  {
    title: 'the annotation of mirror pods',
    spec: { pod: { annotations: { 'kubernetes.io/config.mirror': 'x' } } },
    errors: { 'spec.pod.annotations': 'must not have kubernetes.io/config.mirror' },
  },
];
