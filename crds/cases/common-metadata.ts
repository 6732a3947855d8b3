import { INVALID_KEYS, INVALID_VALUES, LABEL_KEY, LABEL_VALUE, many, VALID_LABELS } from './pod-metadata.ts';
import { annotations } from './service.ts';
import { type AcceptedSpec, type RejectedSpec, tooLong, tooMany } from './spec-case.ts';

/** Valid specs with common labels and annotations. */
export const ACCEPTED: readonly AcceptedSpec[] = [
  { title: 'common labels of every form', spec: { commonLabels: VALID_LABELS } },
  { title: 'the most common labels', spec: { commonLabels: many(32) } },
  { title: 'the most and longest common annotations', spec: { commonAnnotations: annotations(24, 'a', 2000) } },
  { title: 'empty common labels and annotations', spec: { commonLabels: {}, commonAnnotations: {} } },
  {
    title: 'the same key in common and in other metadata',
    spec: {
      commonLabels: { a: 'common' },
      commonAnnotations: { a: 'common' },
      pod: { labels: { a: 'pod' }, annotations: { a: 'pod' } },
      service: { annotations: { a: 'service' } },
    },
  },
  {
    title: 'as many annotations as fit',
    spec: {
      commonAnnotations: annotations(24, 'a', 2000),
      pod: { annotations: annotations(64, 'a', 2048) },
      service: { annotations: annotations(64, 'a', 2048) },
    },
  },
];

/** Invalid specs with common labels and annotations. */
export const REJECTED: readonly RejectedSpec[] = [
  ...INVALID_KEYS.map((key) => ({
    title: `the common label "${key.slice(0, 70)}"`,
    spec: { commonLabels: { good: '', [key]: '' } },
    errors: { 'spec.commonLabels': `has a key that no label can have: ["${key}"]; ${LABEL_KEY}` },
  })),
  ...INVALID_VALUES.map((value) => ({
    title: `the common label value "${value}"`,
    spec: { commonLabels: { bad: value } },
    errors: { 'spec.commonLabels[bad]': LABEL_VALUE },
  })),
  tooLong('spec.commonLabels.a', 63, (a) => ({ commonLabels: { a } })),
  tooMany('spec.commonLabels', 32, (keys) => ({ commonLabels: Object.fromEntries(keys.map((key) => [key, 'a'])) })),
  tooLong('spec.commonAnnotations.a', 2048, (a) => ({ commonAnnotations: { a } })),
  tooMany('spec.commonAnnotations', 32, (keys) => ({
    commonAnnotations: Object.fromEntries(keys.map((key) => [key, 'a'])),
  })),
  ...['name', 'instance', 'component', 'part-of', 'managed-by', 'version'].map((name) => ({
    title: `the operator's label ${name} as a common one`,
    spec: { commonLabels: { [`app.kubernetes.io/${name}`]: 'mine' } },
    errors: {
      'spec.commonLabels': `must not have a label that the operator sets itself: ["app.kubernetes.io/${name}"]`,
    },
  })),
  ...['temperature-converter.io/owner-generation', 'Temperature-Converter.io/adopt'].map((key) => ({
    title: `the operator's annotation ${key} as a common one`,
    spec: { commonAnnotations: { [key]: 'mine' } },
    errors: { 'spec.commonAnnotations': `must not have an annotation that the operator sets or reads: ["${key}"]` },
  })),
  {
    title: 'common annotations that are too large in total, in bytes',
    spec: { commonAnnotations: annotations(32, '\u00fc', 2048) },
    errors: { 'spec.commonAnnotations': 'must be at most 49152 bytes (48 KiB) in all, keys and values together' },
  },
  {
    title: 'the annotation of mirror pods as a common one',
    spec: { commonAnnotations: { 'kubernetes.io/config.mirror': 'x' } },
    errors: { 'spec.commonAnnotations': 'must not have kubernetes.io/config.mirror' },
  },
  {
    title: 'the annotation with source ranges as a common one',
    spec: { commonAnnotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } },
    errors: { 'spec.commonAnnotations': 'which belongs in spec.service.loadBalancerSourceRanges' },
  },
  {
    title: 'an annotation of the Deployment controller as a common one',
    spec: { commonAnnotations: { 'deployment.kubernetes.io/revision': '1' } },
    errors: { 'spec.commonAnnotations': 'must not have an annotation of the domain deployment.kubernetes.io' },
  },
];
