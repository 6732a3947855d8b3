import { describe, expect, it } from '@jest/globals';
import { differences } from './apply-difference.ts';
import type { ObjectKind } from './built-in-merge-rules.ts';
import type { OwnedFields } from './owned-fields.ts';
import {
  type DifferenceCase,
  UNKNOWN,
  DEPLOYMENT,
  STATEFUL_SET,
  SERVICE,
  NETWORK_POLICY,
  at,
  check,
  podSpec,
  ownedPodSpec,
  container,
  ownedContainer,
  APP,
} from '../testing/difference-case.ts';

const HPA = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
const peer = (fields: object): object => ({ spec: { ingress: [{ from: [fields] }] } });
const metric = (value: unknown): object => ({
  spec: {
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: value } } }],
  },
});

const resources = (fields: object): object => container({ resources: fields });

describe('differences of single values', () => {
  it.each<[string, DifferenceCase]>([
    ['none if all fields are equal', { desired: { a: 1, b: 'x', c: true }, live: { a: 1, b: 'x', c: true } }],
    ['a missing field', { desired: { a: 1 }, live: {}, different: [at('a', 1)] }],
    ['another value', { desired: { a: 1 }, live: { a: 2 }, different: [at('a', 1, 2)] }],
    ['another type', { desired: { a: '1' }, live: { a: 1 }, different: [at('a', '1', 1)] }],
    ['a field inside', { desired: { a: { b: 1 } }, live: { a: { b: 2 } }, different: [at('a.b', 1, 2)] }],
    ['a missing map, as a whole', { desired: { a: { b: 1 } }, live: {}, different: [at('a', { b: 1 })] }],
    ['a map instead of a scalar', { desired: { a: { b: 1 } }, live: { a: 1 }, different: [at('a', { b: 1 }, 1)] }],
    ['a scalar instead of a map', { desired: { a: 1 }, live: { a: { b: 1 } }, different: [at('a', 1, { b: 1 })] }],
    ['a list instead of a map', { desired: { a: [1] }, live: { a: { b: 1 } }, different: [at('a', [1], { b: 1 })] }],
    [
      'false and 0, which are values',
      { desired: { a: false, b: 0 }, live: {}, different: [at('a', false), at('b', 0)] },
    ],
    [
      'each field that differs',
      {
        desired: { a: 1, b: { c: 2, d: 3 } },
        live: { b: { c: 4, d: 5 } },
        different: [at('a', 1), at('b.c', 2, 4), at('b.d', 3, 5)],
      },
    ],
    [
      'a field whose name is not a word, with a readable path',
      {
        desired: { labels: { 'app.kubernetes.io/name': 'x' } },
        live: { labels: {}, other: 1 },
        different: [at('labels', { 'app.kubernetes.io/name': 'x' })],
      },
    ],
    [
      'a label whose name is not a word',
      {
        desired: { labels: { 'example.com/a': 'x' } },
        live: { labels: { 'example.com/a': 'y' } },
        different: [at('labels["example.com/a"]', 'x', 'y')],
      },
    ],
  ])('finds %s', (_case, fields) => check(fields));
});

describe('a field that is not desired', () => {
  it.each<[string, DifferenceCase]>([
    ['a field of another manager', { desired: { a: 1 }, live: { a: 1, b: 2 }, owned: { 'f:a': {} } }],
    ['a default inside', { desired: { a: { b: 1 } }, live: { a: { b: 1, c: 2 } }, owned: { 'f:a': { 'f:b': {} } } }],
    ['any field of an object that was never applied', { desired: {}, live: { a: 1 } }],
    ['an owned field that is already absent', { desired: {}, live: {}, owned: { 'f:a': {} } }],
    ['an owned field that became empty', { desired: {}, live: { a: {} }, owned: { 'f:a': {} } }],
    [
      'the marker of the map itself',
      { desired: { a: { b: 1 } }, live: { a: { b: 1 } }, owned: { 'f:a': { '.': {}, 'f:b': {} } } },
    ],
  ])('is not a difference if it is %s', (_case, fields) => check(fields));

  it.each<[string, DifferenceCase]>([
    ['at the top level', { desired: {}, live: { a: 1 }, owned: { 'f:a': {} }, different: [at('a', undefined, 1)] }],
    [
      'inside',
      {
        desired: { labels: { a: '1' } },
        live: { labels: { a: '1', b: '2', c: '3' } },
        owned: { 'f:labels': { 'f:a': {}, 'f:b': {} } },
        different: [at('labels.b', undefined, '2')],
      },
    ],
    [
      'together with its map',
      {
        desired: {},
        live: { annotations: { a: '1' } },
        owned: { 'f:annotations': { '.': {}, 'f:a': {} } },
        different: [at('annotations', undefined, { a: '1' })],
      },
    ],
    [
      'with a name that every JavaScript object has',
      {
        desired: { labels: { a: '1' } },
        live: { labels: { a: '1', constructor: 'x' } },
        owned: { 'f:labels': { 'f:a': {}, 'f:constructor': {} } },
        different: [at('labels.constructor', undefined, 'x')],
      },
    ],
  ])('is removed if earlier applies own it: %s', (_case, fields) => check(fields));
});

describe('an empty value that the server drops', () => {
  it.each<[string, DifferenceCase]>([
    ['an empty map', { desired: { a: {} }, live: {} }],
    ['an empty list', { desired: { a: [] }, live: {} }],
    ['null', { desired: { a: null }, live: {} }],
    ['undefined', { desired: { a: undefined }, live: {} }],
    ['a map with only empty fields', { desired: { a: { b: [], c: { d: {} } } }, live: {} }],
    ['an empty string that is present', { desired: { a: '' }, live: { a: '' } }],
    ['an empty string in an item', { desired: { list: [{ key: 'a', value: '' }] }, live: { list: [{ key: 'a' }] } }],
    [
      'an empty struct that Go always writes',
      { kind: DEPLOYMENT, desired: container({ resources: {} }), live: container({}) },
    ],
    [
      'a struct with only empty fields',
      { kind: DEPLOYMENT, desired: container({ resources: { limits: {}, claims: [] } }), live: container({}) },
    ],
    ...['', 0, false].map((value): [string, DifferenceCase] => [
      `${JSON.stringify(value)} that an earlier apply set`,
      {
        kind: DEPLOYMENT,
        desired: podSpec({ a: value }),
        live: podSpec({ b: 1 }),
        owned: ownedPodSpec({ 'f:a': {} }),
      },
    ]),
  ])('is not missing: %s', (_case, fields) => check(fields));

  it.each<[string, DifferenceCase]>([
    ['another text', { desired: { a: '' }, live: { a: 'x' }, different: [at('a', '', 'x')] }],
    ['a list with items', { desired: { a: [] }, live: { a: ['x'] }, different: [at('a', [], ['x'])] }],
    ['a value instead of null', { desired: { a: null }, live: { a: 1 }, different: [at('a', null, 1)] }],
    ...['', 0, false].map((value): [string, DifferenceCase] => [
      `${JSON.stringify(value)} whose ownership was lost`,
      {
        kind: DEPLOYMENT,
        desired: podSpec({ a: value, b: 1 }),
        live: podSpec({ b: 1 }),
        owned: ownedPodSpec({ 'f:b': {} }),
        different: [at('spec.template.spec.a', value)],
      },
    ]),
  ])('differs from %s', (_case, fields) => check(fields));
});

describe('an empty value that the server keeps', () => {
  const labels = { a: '1', b: '' };
  const maps: readonly [path: string, kind: ObjectKind, object: (map: object) => object][] = [
    ['metadata.labels', UNKNOWN, (map) => ({ metadata: { labels: map } })],
    ['metadata.annotations', DEPLOYMENT, (map) => ({ metadata: { annotations: map } })],
    ['spec.selector.matchLabels', DEPLOYMENT, (map) => ({ spec: { selector: { matchLabels: map } } })],
    ['spec.template.spec.nodeSelector', DEPLOYMENT, (map) => podSpec({ nodeSelector: map })],
    ['spec.selector', SERVICE, (map) => ({ spec: { selector: map } })],
    ['data', { apiVersion: 'v1', kind: 'ConfigMap' }, (map) => ({ data: map })],
  ];

  it.each(maps)('differs from absent in %s, even if an earlier apply owns it', (path, kind, object) => {
    const owned = path
      .split('.')
      .reduceRight<OwnedFields>((inside, name) => ({ [`f:${name}`]: inside }), { 'f:b': {} });
    check({ kind, owned, desired: object(labels), live: object({ a: '1' }), different: [at(`${path}.b`, '')] });
    check({ kind, owned, desired: object({ b: '' }), live: object({}), different: [at(path, { b: '' })] });
  });

  const PEER = 'spec.ingress[0].from[0]';

  it.each<[string, DifferenceCase]>([
    [
      'a selector that selects everything, whereas none selects nothing',
      {
        kind: NETWORK_POLICY,
        desired: peer({ namespaceSelector: {}, podSelector: {} }),
        live: peer({ podSelector: {} }),
        different: [at(`${PEER}.namespaceSelector`, {})],
      },
    ],
    [
      'a selector that became empty',
      {
        kind: NETWORK_POLICY,
        desired: peer({ namespaceSelector: { matchLabels: { a: '1' } } }),
        live: peer({ namespaceSelector: {} }),
        different: [at(`${PEER}.namespaceSelector.matchLabels`, { a: '1' })],
      },
    ],
    [
      'a selector that was added',
      {
        kind: NETWORK_POLICY,
        desired: peer({ podSelector: {} }),
        live: peer({ podSelector: {}, namespaceSelector: {} }),
        different: [at(`${PEER}.namespaceSelector`, undefined, {})],
      },
    ],
    [
      'an empty volume',
      {
        kind: DEPLOYMENT,
        desired: podSpec({ volumes: [{ name: 'a', emptyDir: {} }] }),
        live: podSpec({ volumes: [{ name: 'a', hostPath: { path: '/' } }] }),
        owned: ownedPodSpec({ 'f:volumes': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:emptyDir': {} } } }),
        different: [at('spec.template.spec.volumes[name=a].emptyDir', {})],
      },
    ],
  ])('differs from absent: %s', (_case, fields) => check(fields));
});

describe('quantities', () => {
  it.each<[string, DifferenceCase]>([
    [
      'are equal to the canonical form of the server',
      {
        kind: DEPLOYMENT,
        desired: resources({ requests: { cpu: '0.1' } }),
        live: resources({ requests: { cpu: '100m' } }),
      },
    ],
    [
      'are equal to a number',
      { kind: DEPLOYMENT, desired: resources({ limits: { cpu: '1' } }), live: resources({ limits: { cpu: 1 } }) },
    ],
    [
      'differ',
      {
        kind: DEPLOYMENT,
        desired: resources({ limits: { memory: '1Gi' } }),
        live: resources({ limits: { memory: '1G' } }),
        different: [at(`${APP}.resources.limits.memory`, '1Gi', '1G')],
      },
    ],
    [
      'are missing',
      {
        kind: DEPLOYMENT,
        desired: resources({ limits: { cpu: '1', memory: '1Gi' } }),
        live: resources({ limits: { cpu: '1' } }),
        different: [at(`${APP}.resources.limits.memory`, '1Gi')],
      },
    ],
    [
      'are owned and no longer desired',
      {
        kind: DEPLOYMENT,
        desired: resources({ requests: { cpu: '1' } }),
        live: resources({ requests: { cpu: '1', memory: '1Gi' } }),
        owned: ownedContainer({ 'f:resources': { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } } }),
        different: [at(`${APP}.resources.requests.memory`, undefined, '1Gi')],
      },
    ],
    [
      'belong to another manager',
      {
        kind: DEPLOYMENT,
        desired: resources({ limits: { cpu: '1' } }),
        live: resources({ limits: { cpu: '1', 'example.com/gpu': '1' } }),
      },
    ],
    ['are equal in an atomic value', { kind: HPA, desired: metric('0.5'), live: metric('500m') }],
    [
      'differ in an atomic value',
      {
        kind: HPA,
        desired: metric('0.5'),
        live: metric('50m'),
        different: [at('spec.metrics[0].resource.target.averageValue', '0.5', '50m')],
      },
    ],
    [
      'are plain text elsewhere',
      {
        kind: DEPLOYMENT,
        desired: container({ image: '1000m' }),
        live: container({ image: '1' }),
        different: [at(`${APP}.image`, '1000m', '1')],
      },
    ],
  ])('%s', (_case, fields) => check(fields));
});

describe('the kind of an object', () => {
  it('is not a difference, since the live object may lack it', () => {
    check({ kind: DEPLOYMENT, desired: { metadata: { name: 'a' } }, live: { metadata: { name: 'a' } } });
  });

  it('is a difference in an embedded object', () => {
    const volumeClaimTemplates = [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'a' } }];
    check({
      kind: STATEFUL_SET,
      desired: { spec: { volumeClaimTemplates } },
      live: { spec: { volumeClaimTemplates: [{ apiVersion: 'v2', metadata: { name: 'a' } }] } },
      different: [
        at('spec.volumeClaimTemplates[0].apiVersion', 'v1', 'v2'),
        at('spec.volumeClaimTemplates[0].kind', 'PersistentVolumeClaim'),
      ],
    });
  });
});

describe('the FieldsV1 path of a difference', () => {
  it.each<[string, Omit<DifferenceCase, 'different'>, readonly string[]]>([
    ['identifies a field', { desired: { spec: { a: 1 } }, live: { spec: { a: 2 } } }, ['f:spec', 'f:a']],
    [
      'identifies an item of a keyed list by its keys, sorted by name',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ protocol: 'TCP', port: 80, name: 'a' }] } },
        live: { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'b' }] } },
      },
      ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'],
    ],
    [
      'identifies a value of a set',
      { desired: { metadata: { finalizers: ['a'] } }, live: { metadata: { finalizers: ['b'] } } },
      ['f:metadata', 'f:finalizers', 'v:"a"'],
    ],
    [
      'ends at an atomic map',
      {
        kind: SERVICE,
        desired: { spec: { selector: { app: 'a' } } },
        live: { spec: { selector: { app: 'b' } } },
      },
      ['f:spec', 'f:selector'],
    ],
    [
      'ends at an atomic list',
      { desired: { spec: { args: ['a'] } }, live: { spec: { args: ['b'] } } },
      ['f:spec', 'f:args'],
    ],
    [
      'identifies an owned field that is no longer desired',
      { desired: { a: {} }, live: { a: { b: 1 } }, owned: { 'f:a': { 'f:b': {} } } },
      ['f:a', 'f:b'],
    ],
  ])('%s', (_case, { kind = UNKNOWN, desired, live, owned }, steps) => {
    expect(differences({ ...kind, ...desired }, live, owned).map((difference) => difference.steps)).toEqual([steps]);
  });
});
