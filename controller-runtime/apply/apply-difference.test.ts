import { describe, expect, it } from '@jest/globals';
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { type Difference, differences } from './apply-difference.ts';
import type { ObjectKind } from './built-in-merge-rules.ts';
import type { OwnedFields } from './owned-fields.ts';
import { mergeRulesOfSchema, type ObjectSchema } from './schema-merge-rules.ts';

interface Case {
  readonly desired: object;
  readonly live: object;
  readonly owned?: OwnedFields;
  /** None by default. */
  readonly different?: readonly Omit<Difference, 'steps'>[];
  /** The kind of the objects; an unknown kind by default. */
  readonly kind?: ObjectKind;
}

const UNKNOWN = { apiVersion: 'example.com/v1', kind: 'Thing' };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const STATEFUL_SET = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const SERVICE = { apiVersion: 'v1', kind: 'Service' };
const NETWORK_POLICY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' };
const HPA = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };

const at = (path: string, wanted: unknown, found?: unknown): Omit<Difference, 'steps'> => ({ path, wanted, found });

const withoutSteps = ({ path, wanted, found }: Difference): Omit<Difference, 'steps'> => at(path, wanted, found);

function check({ desired, live, owned, different = [], kind = UNKNOWN }: Case): void {
  expect(differences({ ...kind, ...desired }, live, owned).map(withoutSteps)).toEqual(different);
}

const podSpec = (spec: object): object => ({ spec: { template: { spec } } });
/** The owned fields of the same object. */
const ownedPodSpec = (spec: OwnedFields): OwnedFields => ({ 'f:spec': { 'f:template': { 'f:spec': spec } } });
const container = (fields: object): object => podSpec({ containers: [{ name: 'app', ...fields }] });
const ownedContainer = (fields: OwnedFields): OwnedFields =>
  ownedPodSpec({ 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, ...fields } } });
const APP = 'spec.template.spec.containers[name=app]';
const peer = (fields: object): object => ({ spec: { ingress: [{ from: [fields] }] } });
const finalizers = (...list: readonly string[]): object => ({ metadata: { finalizers: list } });
const claim = (fields: object): object => ({ spec: { volumeClaimTemplates: [fields] } });
const metric = (value: unknown): object => ({
  spec: {
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: value } } }],
  },
});
const ofUnknownKind = (spec: object): ObjectKind & { readonly spec: object } => ({ ...UNKNOWN, spec });

describe('differences of single values', () => {
  it.each<[string, Case]>([
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
  it.each<[string, Case]>([
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

  it.each<[string, Case]>([
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
  it.each<[string, Case]>([
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
    ...['', 0, false].map((value): [string, Case] => [
      `${JSON.stringify(value)} that an earlier apply set`,
      {
        kind: DEPLOYMENT,
        desired: podSpec({ a: value }),
        live: podSpec({ b: 1 }),
        owned: ownedPodSpec({ 'f:a': {} }),
      },
    ]),
  ])('is not missing: %s', (_case, fields) => check(fields));

  it.each<[string, Case]>([
    ['another text', { desired: { a: '' }, live: { a: 'x' }, different: [at('a', '', 'x')] }],
    ['a list with items', { desired: { a: [] }, live: { a: ['x'] }, different: [at('a', [], ['x'])] }],
    ['a value instead of null', { desired: { a: null }, live: { a: 1 }, different: [at('a', null, 1)] }],
    ...['', 0, false].map((value): [string, Case] => [
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

  it.each<[string, Case]>([
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

describe('lists that are merged item by item', () => {
  it.each<[string, Case]>([
    [
      'finds items by their key, among those of other managers',
      {
        kind: DEPLOYMENT,
        desired: podSpec({ containers: [{ name: 'a', image: 'x' }, { name: 'b' }] }),
        live: podSpec({ containers: [{ name: 'c' }, { name: 'a', image: 'x' }, { name: 'd' }, { name: 'b' }] }),
      },
    ],
    [
      'compares the fields of an item',
      {
        kind: DEPLOYMENT,
        desired: container({ image: 'x:2' }),
        live: container({ image: 'x:1', terminationMessagePath: '/dev' }),
        different: [at(`${APP}.image`, 'x:2', 'x:1')],
      },
    ],
    [
      'finds a missing item',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A', value: '1' }] }),
        live: container({ env: [{ name: 'B', value: '2' }] }),
        different: [at(`${APP}.env[name=A]`, { name: 'A', value: '1' })],
      },
    ],
    [
      'keeps an item of another manager',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A' }] }),
        live: container({ env: [{ name: 'A' }, { name: 'B' }] }),
        owned: ownedContainer({ 'f:env': { 'k:{"name":"A"}': {} } }),
      },
    ],
    [
      'removes an owned item that is no longer desired',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A' }] }),
        live: container({ env: [{ name: 'A' }, { name: 'B', value: '2' }] }),
        owned: ownedContainer({ 'f:env': { 'k:{"name":"A"}': {}, 'k:{"name":"B"}': {} } }),
        different: [at(`${APP}.env[name=B]`, undefined, { name: 'B', value: '2' })],
      },
    ],
    [
      'removes only the owned items of a list that became empty',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [] }),
        live: container({ env: [{ name: 'A' }, { name: 'B' }] }),
        owned: ownedContainer({ 'f:env': { 'k:{"name":"B"}': {} } }),
        different: [at(`${APP}.env[name=B]`, undefined, { name: 'B' })],
      },
    ],
    [
      'removes an owned field of an item that is no longer desired',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A' }] }),
        live: container({ env: [{ name: 'A', value: '1' }] }),
        owned: ownedContainer({ 'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } } }),
        different: [at(`${APP}.env[name=A].value`, undefined, '1')],
      },
    ],
    [
      'restores the desired order of the items, which matters for init containers',
      {
        kind: DEPLOYMENT,
        desired: podSpec({ initContainers: [{ name: 'a' }, { name: 'b' }] }),
        live: podSpec({ initContainers: [{ name: 'b' }, { name: 'c' }, { name: 'a' }] }),
        different: [
          at(
            'spec.template.spec.initContainers',
            [{ name: 'a' }, { name: 'b' }],
            [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
          ),
        ],
      },
    ],
    [
      'removes a second item with the same key',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A', value: '1' }] }),
        live: container({
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        }),
        different: [at(`${APP}.env[name=A]`, undefined, { name: 'A', value: '2' })],
      },
    ],
    [
      'identifies the ports of a Service by port and protocol',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }] } },
        live: {
          spec: {
            ports: [
              { port: 80, protocol: 'UDP', targetPort: 'dns' },
              { port: 80, protocol: 'TCP', targetPort: 'x' },
            ],
          },
        },
        different: [at('spec.ports[port=80,protocol=TCP].targetPort', 'http', 'x')],
      },
    ],
    [
      'identifies the ports of a container by containerPort and protocol',
      {
        kind: DEPLOYMENT,
        desired: container({ ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] }),
        live: container({ ports: [{ containerPort: 80, protocol: 'TCP', name: 'x' }] }),
        different: [at(`${APP}.ports[containerPort=80,protocol=TCP].name`, 'http', 'x')],
      },
    ],
    [
      'uses the default of a key that is omitted',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ port: 80 }, { port: 80, protocol: 'UDP', name: 'dns' }] } },
        live: {
          spec: {
            ports: [
              { port: 80, protocol: 'TCP' },
              { port: 80, protocol: 'UDP', name: 'dns' },
            ],
          },
        },
        owned: {
          'f:spec': {
            'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {}, 'k:{"port":80,"protocol":"UDP"}': {} },
          },
        },
      },
    ],
    [
      'uses the default in the path of a port without a protocol',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ port: 80, name: 'a' }] } },
        live: { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'b' }] } },
        different: [at('spec.ports[port=80,protocol=TCP].name', 'a', 'b')],
      },
    ],
    [
      'finds one difference for a renumbered owned port: it is missing, and no owned port is left',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ port: 80, protocol: 'TCP' }] } },
        live: { spec: { ports: [{ port: 81, protocol: 'TCP' }] } },
        owned: { 'f:spec': { 'f:ports': {} } },
        different: [at('spec.ports[port=80,protocol=TCP]', { port: 80, protocol: 'TCP' })],
      },
    ],
    [
      'removes the old port when the desired one changes',
      {
        kind: SERVICE,
        desired: { spec: { ports: [{ port: 81 }] } },
        live: { spec: { ports: [{ port: 80, protocol: 'TCP' }] } },
        owned: { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {} } } },
        different: [
          at('spec.ports[port=81,protocol=TCP]', { port: 81 }),
          at('spec.ports[port=80,protocol=TCP]', undefined, { port: 80, protocol: 'TCP' }),
        ],
      },
    ],
    [
      'identifies topology spread constraints by both of their keys',
      {
        kind: DEPLOYMENT,
        desired: podSpec({
          topologySpreadConstraints: [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 }],
        }),
        live: podSpec({
          topologySpreadConstraints: [
            { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 2 },
            { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 3 },
          ],
        }),
        different: [
          at(
            'spec.template.spec.topologySpreadConstraints[topologyKey=zone,whenUnsatisfiable=DoNotSchedule].maxSkew',
            1,
            3,
          ),
        ],
      },
    ],
    [
      'adds an owner to those of other managers, even in an unknown kind',
      {
        desired: { metadata: { ownerReferences: [{ uid: 'u1', name: 'a' }] } },
        live: { metadata: { ownerReferences: [{ uid: 'u2', name: 'b' }] } },
        different: [at('metadata.ownerReferences[uid=u1]', { uid: 'u1', name: 'a' })],
      },
    ],
    [
      'compares an atomic item as a whole',
      {
        kind: DEPLOYMENT,
        desired: podSpec({ imagePullSecrets: [{ name: 'a' }] }),
        live: podSpec({ imagePullSecrets: [{ name: 'b' }, { name: 'a' }] }),
      },
    ],
    [
      'compares items without keys in order',
      {
        kind: DEPLOYMENT,
        desired: container({ env: [{ name: 'A' }, { value: 'x' }] }),
        live: container({ env: [{ value: 'x' }, { name: 'A' }] }),
        different: [
          at(`${APP}.env[0].name`, 'A'),
          at(`${APP}.env[0].value`, undefined, 'x'),
          at(`${APP}.env[1].value`, 'x'),
          at(`${APP}.env[1].name`, undefined, 'A'),
        ],
      },
    ],
  ])('%s', (_case, fields) => check(fields));
});

describe('lists with the same name in different kinds', () => {
  it('can be merged in one and atomic in the other', () => {
    const fields = { desired: { spec: { rules: [{ a: 1 }] } }, live: { spec: { rules: [{ a: 1 }, { b: 2 }] } } };
    const schema = {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { properties: { a: {} } },
    };
    const merged = mergeRulesOfSchema({ properties: { spec: { properties: { rules: schema } } } });
    expect(differences({ ...UNKNOWN, ...fields.desired }, fields.live, undefined, merged)).toEqual([]);
    check({ ...fields, kind: DEPLOYMENT, different: [at('spec.rules', [{ a: 1 }], [{ a: 1 }, { b: 2 }])] });
  });
});

describe('lists that are sets', () => {
  const owned: OwnedFields = { 'f:metadata': { 'f:finalizers': { 'v:"a"': {}, 'v:"b"': {} } } };

  it.each<[string, Case]>([
    [
      'finds values in any order, among those of other managers',
      { desired: finalizers('a', 'b'), live: finalizers('c', 'b', 'a') },
    ],
    [
      'finds a missing value',
      { desired: finalizers('a', 'b'), live: finalizers('b'), different: [at('metadata.finalizers["a"]', 'a')] },
    ],
    [
      'removes only an owned value that is no longer desired',
      {
        owned,
        desired: finalizers('a'),
        live: finalizers('a', 'b', 'c'),
        different: [at('metadata.finalizers["b"]', undefined, 'b')],
      },
    ],
  ])('%s', (_case, fields) => check(fields));
});

describe('atomic lists and maps', () => {
  const tolerations = (...list: readonly object[]): object => podSpec({ tolerations: list });
  const AFFINITY = 'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution';
  const required = (terms: object): object =>
    podSpec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });

  it.each<[string, Case]>([
    [
      'an additional item in a list',
      {
        kind: DEPLOYMENT,
        desired: container({ args: ['a'] }),
        live: container({ args: ['a', 'b'] }),
        different: [at(`${APP}.args`, ['a'], ['a', 'b'])],
      },
    ],
    [
      'items in a list that is desired empty',
      {
        kind: DEPLOYMENT,
        desired: container({ args: [] }),
        live: container({ args: ['a'] }),
        different: [at(`${APP}.args`, [], ['a'])],
      },
    ],
    [
      'another order',
      {
        desired: { args: ['a', 'b'] },
        live: { args: ['b', 'a'] },
        different: [at('args[0]', 'a', 'b'), at('args[1]', 'b', 'a')],
      },
    ],
    [
      'another value in an item',
      {
        kind: DEPLOYMENT,
        desired: tolerations({ key: 'a', effect: 'NoSchedule' }),
        live: tolerations({ key: 'a', effect: 'NoExecute' }),
        different: [at('spec.template.spec.tolerations[0].effect', 'NoSchedule', 'NoExecute')],
      },
    ],
    [
      'a missing 0 in an item, where 0 can differ from absent',
      {
        kind: DEPLOYMENT,
        desired: tolerations({ key: 'a', tolerationSeconds: 0 }),
        live: tolerations({ key: 'a' }),
        owned: ownedPodSpec({ 'f:tolerations': {} }),
        different: [at('spec.template.spec.tolerations[0].tolerationSeconds', 0)],
      },
    ],
    [
      'a map instead of a scalar item',
      { desired: { terms: [{ a: 1 }] }, live: { terms: ['x'] }, different: [at('terms[0]', { a: 1 }, 'x')] },
    ],
    [
      'a foreign field in an item, at any depth',
      {
        desired: { terms: [{ a: { b: [{ c: 1 }] } }] },
        live: { terms: [{ a: { b: [{ c: 1, d: 2 }], e: 3 } }] },
        different: [at('terms[0].a.b[0].d', undefined, 2), at('terms[0].a.e', undefined, 3)],
      },
    ],
    [
      'a foreign field in a map inside an atomic value',
      {
        kind: DEPLOYMENT,
        desired: required({ nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] }),
        live: required({
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] }],
        }),
        different: [
          at(`${AFFINITY}.nodeSelectorTerms[0].matchExpressions[0].operator`, 'Exists', 'In'),
          at(`${AFFINITY}.nodeSelectorTerms[0].matchExpressions[0].values`, undefined, ['x']),
        ],
      },
    ],
    [
      'a foreign key in a node selector',
      {
        kind: DEPLOYMENT,
        desired: podSpec({ nodeSelector: { a: '1' } }),
        live: podSpec({ nodeSelector: { a: '1', b: '2' } }),
        owned: ownedPodSpec({ 'f:nodeSelector': {} }),
        different: [at('spec.template.spec.nodeSelector.b', undefined, '2')],
      },
    ],
    [
      'a foreign key in the selector of a Service',
      {
        kind: SERVICE,
        desired: { spec: { selector: { a: '1' } } },
        live: { spec: { selector: { a: '1', b: '2' } } },
        owned: { 'f:spec': { 'f:selector': {} } },
        different: [at('spec.selector.b', undefined, '2')],
      },
    ],
    [
      'a foreign expression in a selector',
      {
        kind: DEPLOYMENT,
        desired: { spec: { selector: { matchLabels: { a: '1' } } } },
        live: {
          spec: { selector: { matchLabels: { a: '1' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] } },
        },
        different: [at('spec.selector.matchExpressions', undefined, [{ key: 'x', operator: 'Exists' }])],
      },
    ],
  ])('differ by %s', (_case, fields) => check(fields));

  const fieldRef = (fields: object): object => container({ env: [{ name: 'A', valueFrom: { fieldRef: fields } }] });

  it.each<[string, Case]>([
    ['an empty field in an item', { desired: { terms: [{ a: 1 }] }, live: { terms: [{ a: 1, b: {}, c: [], d: '' }] } }],
    [
      'a foreign label, since labels are merged',
      {
        kind: DEPLOYMENT,
        desired: { metadata: { labels: { a: '1' } } },
        live: { metadata: { labels: { a: '1', b: '2' } } },
        owned: { 'f:metadata': { 'f:labels': { 'f:a': {} } } },
      },
    ],
    [
      'the server’s defaults',
      { kind: DEPLOYMENT, desired: fieldRef({ fieldPath: 'x' }), live: fieldRef({ fieldPath: 'x', apiVersion: 'v1' }) },
    ],
    [
      'the server’s defaults for a volume claim template',
      {
        kind: STATEFUL_SET,
        desired: claim({ metadata: { name: 'a' }, spec: { accessModes: ['x'] } }),
        live: claim({
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'a', creationTimestamp: null },
          spec: { accessModes: ['x'], resources: {}, volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        }),
      },
    ],
    [
      'an empty struct that Go always writes',
      {
        kind: NETWORK_POLICY,
        desired: { spec: { ingress: [{ ports: [{ port: 80 }] }] } },
        live: { spec: { ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] } },
      },
    ],
  ])('do not differ by %s', (_case, fields) => check(fields));

  it('differ by a value other than the server’s default', () => {
    check({
      kind: DEPLOYMENT,
      desired: fieldRef({ fieldPath: 'x' }),
      live: fieldRef({ fieldPath: 'x', apiVersion: 'v2' }),
      different: [at(`${APP}.env[name=A].valueFrom.fieldRef.apiVersion`, undefined, 'v2')],
    });
  });
});

describe('quantities', () => {
  const resources = (fields: object): object => container({ resources: fields });

  it.each<[string, Case]>([
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

describe('a custom kind', () => {
  const thing = (schema: ObjectSchema, fields: Case): readonly Omit<Difference, 'steps'>[] =>
    differences(
      { ...UNKNOWN, ...fields.desired },
      fields.live,
      fields.owned,
      mergeRulesOfSchema({ properties: { spec: schema } }),
    ).map(withoutSteps);

  it.each<[string, ObjectSchema, Case]>([
    [
      'keeps empty values: a missing string is a difference, even if an earlier apply owns it',
      {},
      {
        desired: { spec: { a: '', b: {}, c: [] } },
        live: { spec: { d: 1 } },
        owned: { 'f:spec': { 'f:a': {}, 'f:b': {} } },
        different: [at('spec.a', ''), at('spec.b', {}), at('spec.c', [])],
      },
    ],
    [
      'has the same metadata as other kinds',
      {},
      { desired: { metadata: { labels: {}, finalizers: ['a'] } }, live: { metadata: { finalizers: ['b', 'a'] } } },
    ],
    [
      'treats quantities as text',
      { properties: { size: {} } },
      {
        desired: { spec: { size: '1000m' } },
        live: { spec: { size: '1' } },
        different: [at('spec.size', '1000m', '1')],
      },
    ],
    [
      'has atomic lists by default',
      { properties: { list: { items: {} } } },
      {
        desired: { spec: { list: [{ name: 'a' }] } },
        live: { spec: { list: [{ name: 'a', x: 1 }] } },
        different: [at('spec.list[0].x', undefined, 1)],
      },
    ],
    [
      'sorts the keys of a list by name and sets their defaults',
      {
        properties: {
          list: {
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['zone', 'app'],
            items: { properties: { app: {}, zone: { default: 'z1' } } },
          },
        },
      },
      {
        desired: { spec: { list: [{ app: 'a', x: 1 }] } },
        live: {
          spec: {
            list: [
              { app: 'a', zone: 'z2', x: 2 },
              { app: 'a', zone: 'z1', x: 3 },
            ],
          },
        },
        owned: { 'f:spec': { 'f:list': { 'k:{"app":"a","zone":"z2"}': {} } } },
        different: [
          at('spec.list[app=a,zone=z1].x', 1, 3),
          at('spec.list[app=a,zone=z2]', undefined, { app: 'a', zone: 'z2', x: 2 }),
        ],
      },
    ],
    [
      'distinguishes items that omit different keys',
      {
        properties: { list: { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a', 'b'], items: {} } },
      },
      {
        desired: {
          spec: {
            list: [
              { a: '1', x: 1 },
              { b: '1', x: 2 },
            ],
          },
        },
        live: {
          spec: {
            list: [
              { a: '1', x: 1 },
              { b: '1', x: 2 },
              { a: '1', b: '1', x: 3 },
            ],
          },
        },
        owned: { 'f:spec': { 'f:list': { 'k:{"a":"1"}': {}, 'k:{"b":"1"}': {} } } },
      },
    ],
    [
      'supports sets',
      { properties: { list: { 'x-kubernetes-list-type': 'set', items: {} } } },
      {
        desired: { spec: { list: [1, 2] } },
        live: { spec: { list: [2, 3, 4] } },
        owned: { 'f:spec': { 'f:list': { 'v:1': {}, 'v:2': {}, 'v:3': {} } } },
        different: [at('spec.list[1]', 1), at('spec.list[3]', undefined, 3)],
      },
    ],
    [
      'supports atomic maps, with the defaults of its schema',
      {
        properties: {
          map: {
            'x-kubernetes-map-type': 'atomic',
            properties: { a: { default: 'x' }, b: { default: {}, properties: { c: { default: 5 } } } },
          },
        },
      },
      {
        desired: { spec: { map: { d: 1 } } },
        live: { spec: { map: { a: 'x', b: { c: 5 }, d: 1, e: '' } } },
        different: [at('spec.map.e', undefined, '')],
      },
    ],
    [
      'supports embedded objects, with the usual metadata',
      { properties: { object: { 'x-kubernetes-embedded-resource': true } } },
      {
        desired: { spec: { object: { kind: 'A', metadata: { finalizers: ['a'] } } } },
        live: { spec: { object: { kind: 'B', metadata: { finalizers: ['b', 'a'] } } } },
        different: [at('spec.object.kind', 'A', 'B')],
      },
    ],
    [
      'supports maps of values',
      { additionalProperties: { 'x-kubernetes-list-type': 'set', items: {} } },
      { desired: { spec: { any: ['a'] } }, live: { spec: { any: ['b', 'a'] } } },
    ],
  ])('%s', (_case, schema, fields) => {
    expect(thing(schema, fields)).toEqual(fields.different ?? []);
  });
});

describe('the FieldsV1 path of a difference', () => {
  it.each<[string, Omit<Case, 'different'>, readonly string[]]>([
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

describe('any object', () => {
  // As in the API: a list contains no lists.
  const { fields } = letrec<{ fields: Record<string, unknown>; item: unknown; field: unknown }>((tie) => ({
    fields: dictionary(oneof(string(), constantFrom('env', 'ports', 'selector', 'limits', 'toString')), tie('field')),
    item: oneof({ maxDepth: 3 }, string(), integer(), boolean(), tie('fields')),
    field: oneof({ maxDepth: 3 }, tie('item'), array(tie('item'))),
  }));
  /** Schemas of all types of lists and maps. */
  const { schema } = letrec<{ schema: ObjectSchema }>((tie) => ({
    schema: oneof(
      { maxDepth: 3 },
      constant({}),
      record({
        properties: dictionary(constantFrom('env', 'ports', 'selector', 'limits', 'toString'), tie('schema')),
        additionalProperties: tie('schema'),
        items: tie('schema'),
        'x-kubernetes-list-type': constantFrom('atomic', 'set', 'map'),
        'x-kubernetes-list-map-keys': constantFrom(['env'], ['ports', 'env']),
        'x-kubernetes-map-type': constantFrom('atomic', 'granular'),
      }),
    ),
  }));
  /** Undefined for an unknown kind. */
  const rules = option(
    schema.map((spec) => mergeRulesOfSchema({ properties: { spec } })),
    { nil: undefined },
  );

  it('does not differ from itself', () => {
    assert(
      property(fields, rules, (spec, mergeRules) => {
        expect(differences(ofUnknownKind(spec), ofUnknownKind(structuredClone(spec)), undefined, mergeRules)).toEqual(
          [],
        );
      }),
    );
  });

  it('does not differ from itself with fields of other managers', () => {
    assert(
      property(fields, array(string()), (spec, names) => {
        const live = { ...Object.fromEntries(names.map((name) => [name, 'foreign'])), ...spec };
        expect(differences(ofUnknownKind(spec), ofUnknownKind(live), undefined)).toEqual([]);
      }),
    );
  });

  it('differs from a copy that lacks one of its fields', () => {
    assert(
      property(fields, string(), (spec, name) => {
        const live = ofUnknownKind({ ...spec, [name]: undefined });
        const found = differences(ofUnknownKind({ ...spec, [name]: 'x' }), live, undefined);
        expect(found).toMatchObject([{ wanted: 'x', found: undefined }]);
      }),
    );
  });
});
