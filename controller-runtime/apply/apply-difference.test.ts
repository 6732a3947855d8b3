import { describe, expect, it } from '@jest/globals';
import { array, assert, boolean, constantFrom, dictionary, integer, letrec, oneof, property, string } from 'fast-check';
import { type Difference, differences } from './apply-difference.ts';
import type { OwnedFields } from './owned-fields.ts';

interface Case {
  readonly desired: object;
  readonly live: object;
  readonly owned?: OwnedFields;
  /** None when left out. */
  readonly different?: readonly Omit<Difference, 'steps'>[];
}

const at = (path: string, wanted: unknown, found?: unknown): Omit<Difference, 'steps'> => ({ path, wanted, found });

function check({ desired, live, owned, different = [] }: Case): void {
  const found = [...differences(desired, live, owned)].map(({ path, wanted, found: there }) => at(path, wanted, there));
  expect(found).toEqual(different);
}

const podSpec = (spec: object): object => ({ spec: { template: { spec } } });

describe('differences of single values', () => {
  it.each<[string, Case]>([
    ['none where all is equal', { desired: { a: 1, b: 'x', c: true }, live: { a: 1, b: 'x', c: true } }],
    ['a missing field', { desired: { a: 1 }, live: {}, different: [at('a', 1)] }],
    ['another value', { desired: { a: 1 }, live: { a: 2 }, different: [at('a', 1, 2)] }],
    ['another type', { desired: { a: '1' }, live: { a: 1 }, different: [at('a', '1', 1)] }],
    ['a field inside', { desired: { a: { b: 1 } }, live: { a: { b: 2 } }, different: [at('a.b', 1, 2)] }],
    ['a missing map, as a whole', { desired: { a: { b: 1 } }, live: {}, different: [at('a', { b: 1 })] }],
    ['a map where a value is', { desired: { a: { b: 1 } }, live: { a: 1 }, different: [at('a', { b: 1 }, 1)] }],
    ['a value where a map is', { desired: { a: 1 }, live: { a: { b: 1 } }, different: [at('a', 1, { b: 1 })] }],
    ['a list where a map is', { desired: { a: [1] }, live: { a: { b: 1 } }, different: [at('a', [1], { b: 1 })] }],
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
      'a field whose name is no word, in a path that can be read',
      {
        desired: { labels: { 'app.kubernetes.io/name': 'x' } },
        live: { labels: {}, other: 1 },
        different: [at('labels', { 'app.kubernetes.io/name': 'x' })],
      },
    ],
    [
      'a label whose name is no word',
      {
        desired: { labels: { 'example.com/a': 'x' } },
        live: { labels: { 'example.com/a': 'y' } },
        different: [at('labels["example.com/a"]', 'x', 'y')],
      },
    ],
  ])('finds %s', (_case, fields) => check(fields));
});

describe('what is not desired', () => {
  it.each<[string, Case]>([
    ['a field of another manager', { desired: { a: 1 }, live: { a: 1, b: 2 }, owned: { 'f:a': {} } }],
    ['a default inside', { desired: { a: { b: 1 } }, live: { a: { b: 1, c: 2 } }, owned: { 'f:a': { 'f:b': {} } } }],
    ['whatever there is, in an object that was never applied', { desired: {}, live: { a: 1 } }],
    ['an owned field that is gone already', { desired: {}, live: {}, owned: { 'f:a': {} } }],
    ['an owned field that has become empty', { desired: {}, live: { a: {} }, owned: { 'f:a': {} } }],
    [
      'the mark of the map itself',
      { desired: { a: { b: 1 } }, live: { a: { b: 1 } }, owned: { 'f:a': { '.': {}, 'f:b': {} } } },
    ],
  ])('is no difference when it is %s', (_case, fields) => check(fields));

  it.each<[string, Case]>([
    ['on top', { desired: {}, live: { a: 1 }, owned: { 'f:a': {} }, different: [at('a', undefined, 1)] }],
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
      'together with the map that held it',
      {
        desired: {},
        live: { annotations: { a: '1' } },
        owned: { 'f:annotations': { '.': {}, 'f:a': {} } },
        different: [at('annotations', undefined, { a: '1' })],
      },
    ],
    [
      'with a name that every JavaScript object knows',
      {
        desired: { labels: { a: '1' } },
        live: { labels: { a: '1', constructor: 'x' } },
        owned: { 'f:labels': { 'f:a': {}, 'f:constructor': {} } },
        different: [at('labels.constructor', undefined, 'x')],
      },
    ],
  ])('is to go when our earlier applies own it: %s', (_case, fields) => check(fields));
});

describe('empty and absent', () => {
  it.each<[string, Case]>([
    ['an empty map', { desired: { a: {} }, live: {} }],
    ['an empty list', { desired: { a: [] }, live: {} }],
    ['null', { desired: { a: null }, live: {} }],
    ['undefined', { desired: { a: undefined }, live: {} }],
    ['a map of nothing but empty fields', { desired: { a: { b: [], c: { d: {} } } }, live: {} }],
    [
      'an empty text, which the server drops',
      { desired: { tolerations: [{ key: 'a', value: '' }] }, live: { tolerations: [{ key: 'a' }] } },
    ],
    ['an empty text that is there', { desired: { a: '' }, live: { a: '' } }],
    ['an empty label that is there', { desired: { labels: { a: '' } }, live: { labels: { a: '' } } }],
  ])('are one: %s', (_case, fields) => check(fields));

  it.each<[string, Case]>([
    ['an empty text where there is one', { desired: { a: '' }, live: { a: 'x' }, different: [at('a', '', 'x')] }],
    ...['labels', 'annotations', 'matchLabels', 'nodeSelector', 'selector'].map((map): [string, Case] => [
      `an empty value in ${map}`,
      { desired: { [map]: { a: '1', b: '' } }, live: { [map]: { a: '1' } }, different: [at(`${map}.b`, '')] },
    ]),
    [
      'an empty value in labels that are all missing',
      {
        desired: { metadata: { labels: { a: '' } } },
        live: { metadata: { name: 'x' } },
        different: [at('metadata.labels', { a: '' })],
      },
    ],
    [
      'an empty selector, which selects all, where none selects nothing',
      { desired: { a: { labelSelector: {} } }, live: { a: { b: 1 } }, different: [at('a.labelSelector', {})] },
    ],
    [
      'a selector that has become empty',
      {
        desired: { namespaceSelector: { matchLabels: { a: '1' } } },
        live: { namespaceSelector: {} },
        different: [at('namespaceSelector.matchLabels', { a: '1' })],
      },
    ],
  ])('are distinguished: %s', (_case, fields) => check(fields));
});

describe('lists that are merged item by item', () => {
  it.each<[string, Case]>([
    [
      'finds items by their key, in any order',
      {
        desired: podSpec({ containers: [{ name: 'a', x: 1 }, { name: 'b' }] }),
        live: podSpec({ containers: [{ name: 'b' }, { name: 'a', x: 1 }] }),
      },
    ],
    [
      'compares inside of an item',
      {
        desired: podSpec({ containers: [{ name: 'a', image: 'x:2' }] }),
        live: podSpec({ containers: [{ name: 'a', image: 'x:1', terminationMessagePath: '/dev' }] }),
        different: [at('spec.template.spec.containers[name=a].image', 'x:2', 'x:1')],
      },
    ],
    [
      'finds a missing item',
      {
        desired: { env: [{ name: 'A', value: '1' }] },
        live: { env: [{ name: 'B', value: '2' }] },
        different: [at('env[name=A]', { name: 'A', value: '1' })],
      },
    ],
    [
      'leaves an item of another manager alone',
      {
        desired: { env: [{ name: 'A' }] },
        live: { env: [{ name: 'A' }, { name: 'B' }] },
        owned: { 'f:env': { 'k:{"name":"A"}': {} } },
      },
    ],
    [
      'removes an owned item that is no longer wanted',
      {
        desired: { env: [{ name: 'A' }] },
        live: { env: [{ name: 'A' }, { name: 'B', value: '2' }] },
        owned: { 'f:env': { 'k:{"name":"A"}': {}, 'k:{"name":"B"}': {} } },
        different: [at('env[name=B]', undefined, { name: 'B', value: '2' })],
      },
    ],
    [
      'removes an owned field of an item that is no longer wanted',
      {
        desired: { env: [{ name: 'A' }] },
        live: { env: [{ name: 'A', value: '1' }] },
        owned: { 'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } } },
        different: [at('env[name=A].value', undefined, '1')],
      },
    ],
    [
      'knows the ports of a Service by port and protocol',
      {
        desired: { ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }] },
        live: {
          ports: [
            { port: 80, protocol: 'UDP', targetPort: 'dns' },
            { port: 80, protocol: 'TCP', targetPort: 'x' },
          ],
        },
        different: [at('ports[port=80,protocol=TCP].targetPort', 'http', 'x')],
      },
    ],
    [
      'knows the ports of a container by containerPort and protocol',
      {
        desired: { ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }] },
        live: { ports: [{ containerPort: 80, protocol: 'TCP', name: 'x' }] },
        different: [at('ports[containerPort=80,protocol=TCP].name', 'http', 'x')],
      },
    ],
    [
      'finds one difference in an owned port that was renumbered: it is missing, and no owned port is left over',
      {
        desired: { ports: [{ port: 80, protocol: 'TCP' }] },
        live: { ports: [{ port: 81, protocol: 'TCP' }] },
        owned: { 'f:ports': {} },
        different: [at('ports[port=80,protocol=TCP]', { port: 80, protocol: 'TCP' })],
      },
    ],
    [
      'wants the old port gone when the desired one has changed',
      {
        desired: { ports: [{ port: 81, protocol: 'TCP' }] },
        live: { ports: [{ port: 80, protocol: 'TCP' }] },
        owned: { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {} } },
        different: [
          at('ports[port=81,protocol=TCP]', { port: 81, protocol: 'TCP' }),
          at('ports[port=80,protocol=TCP]', undefined, { port: 80, protocol: 'TCP' }),
        ],
      },
    ],
    [
      'knows topology spread constraints by both of their keys',
      {
        desired: {
          topologySpreadConstraints: [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 }],
        },
        live: {
          topologySpreadConstraints: [
            { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 2 },
            { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 3 },
          ],
        },
        different: [at('topologySpreadConstraints[topologyKey=zone,whenUnsatisfiable=DoNotSchedule].maxSkew', 1, 3)],
      },
    ],
    [
      'adds an owner beside those of others',
      {
        desired: { ownerReferences: [{ uid: 'u1', name: 'a' }] },
        live: { ownerReferences: [{ uid: 'u2', name: 'b' }] },
        different: [at('ownerReferences[uid=u1]', { uid: 'u1', name: 'a' })],
      },
    ],
    [
      'takes image pull secrets by name',
      { desired: { imagePullSecrets: [{ name: 'a' }] }, live: { imagePullSecrets: [{ name: 'b' }, { name: 'a' }] } },
    ],
  ])('%s', (_case, fields) => check(fields));
});

describe('lists and maps that are one value', () => {
  it.each<[string, Case]>([
    [
      'an item more in a list',
      { desired: { args: ['a'] }, live: { args: ['a', 'b'] }, different: [at('args', ['a'], ['a', 'b'])] },
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
        desired: { tolerations: [{ key: 'a', effect: 'NoSchedule' }] },
        live: { tolerations: [{ key: 'a', effect: 'NoExecute' }] },
        different: [at('tolerations[0].effect', 'NoSchedule', 'NoExecute')],
      },
    ],
    [
      'a map where an item is none',
      { desired: { terms: [{ a: 1 }] }, live: { terms: ['x'] }, different: [at('terms[0]', { a: 1 }, 'x')] },
    ],
    [
      'the order of items that lack their key',
      {
        desired: { env: [{ name: 'A' }, { value: 'x' }] },
        live: { env: [{ value: 'x' }, { name: 'A' }] },
        different: [
          at('env[0].name', 'A'),
          at('env[0].value', undefined, 'x'),
          at('env[1].value', 'x'),
          at('env[1].name', undefined, 'A'),
        ],
      },
    ],
    [
      'a foreign field in an item, however deep',
      {
        desired: { terms: [{ a: { b: [{ c: 1 }] } }] },
        live: { terms: [{ a: { b: [{ c: 1, d: 2 }], e: 3 } }] },
        different: [at('terms[0].a.b[0].d', undefined, 2), at('terms[0].a.e', undefined, 3)],
      },
    ],
    ...['matchLabels', 'nodeSelector', 'selector'].map((map): [string, Case] => [
      `a foreign key in ${map}`,
      {
        desired: { [map]: { a: '1' } },
        live: { [map]: { a: '1', b: '2' } },
        owned: { [`f:${map}`]: {} },
        different: [at(`${map}.b`, undefined, '2')],
      },
    ]),
    ...['labelSelector', 'namespaceSelector', 'selector'].map((selector): [string, Case] => [
      `a foreign expression in ${selector}`,
      {
        desired: { [selector]: { matchLabels: { a: '1' } } },
        live: { [selector]: { matchLabels: { a: '1' }, matchExpressions: [{ key: 'x', operator: 'Exists' }] } },
        different: [at(`${selector}.matchExpressions`, undefined, [{ key: 'x', operator: 'Exists' }])],
      },
    ]),
  ])('differ by %s', (_case, fields) => check(fields));

  it.each<[string, Case]>([
    ['an empty field in an item', { desired: { terms: [{ a: 1 }] }, live: { terms: [{ a: 1, b: {}, c: [] }] } }],
    [
      'a foreign label, since labels are merged',
      { desired: { labels: { a: '1' } }, live: { labels: { a: '1', b: '2' } } },
    ],
  ])('do not differ by %s', (_case, fields) => check(fields));
});

describe('quantities', () => {
  it.each<[string, Case]>([
    ['in the form of the server', { desired: { requests: { cpu: '0.1' } }, live: { requests: { cpu: '100m' } } }],
    ['as a number', { desired: { limits: { cpu: '1' } }, live: { limits: { cpu: 1 } } }],
    [
      'that differ',
      {
        desired: { limits: { memory: '1Gi' } },
        live: { limits: { memory: '1G' } },
        different: [at('limits.memory', '1Gi', '1G')],
      },
    ],
    [
      'that are missing',
      {
        desired: { limits: { cpu: '1', memory: '1Gi' } },
        live: { limits: { cpu: '1' } },
        different: [at('limits.memory', '1Gi')],
      },
    ],
    [
      'that are owned and no longer wanted',
      {
        desired: { requests: { cpu: '1' } },
        live: { requests: { cpu: '1', memory: '1Gi' } },
        owned: { 'f:requests': { 'f:cpu': {}, 'f:memory': {} } },
        different: [at('requests.memory', undefined, '1Gi')],
      },
    ],
    [
      'of another manager',
      { desired: { limits: { cpu: '1' } }, live: { limits: { cpu: '1', 'example.com/gpu': '1' } } },
    ],
    ['elsewhere are plain text', { desired: { a: '1000m' }, live: { a: '1' }, different: [at('a', '1000m', '1')] }],
  ])('%s', (_case, fields) => check(fields));
});

describe('the steps of a difference', () => {
  it.each<[string, { desired: object; live: object; owned?: OwnedFields }, readonly string[]]>([
    ['name a field', { desired: { spec: { a: 1 } }, live: { spec: { a: 2 } } }, ['f:spec', 'f:a']],
    [
      'name an item of a keyed list by its key',
      {
        desired: { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] },
        live: { ports: [{ port: 80, protocol: 'TCP', name: 'b' }] },
      },
      ['f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'],
    ],
    [
      'end at a map that the API treats as one value',
      { desired: { spec: { selector: { app: 'a' } } }, live: { spec: { selector: { app: 'b' } } } },
      ['f:spec', 'f:selector'],
    ],
    [
      'end at a list that the API treats as one value',
      { desired: { spec: { args: ['a'] } }, live: { spec: { args: ['b'] } } },
      ['f:spec', 'f:args'],
    ],
    [
      'name an owned field that is no longer wanted',
      { desired: { a: { c: 2 } }, live: { a: { b: 1, c: 2 } }, owned: { 'f:a': { 'f:b': {}, 'f:c': {} } } },
      ['f:a', 'f:b'],
    ],
  ])('%s', (_case, { desired, live, owned }, steps) => {
    expect([...differences(desired, live, owned)].map((difference) => difference.steps)).toEqual([steps]);
  });
});

describe('any object', () => {
  // As the API's: a list holds no lists.
  const { fields } = letrec<{ fields: Record<string, unknown>; item: unknown; field: unknown }>((tie) => ({
    fields: dictionary(oneof(string(), constantFrom('env', 'ports', 'selector', 'limits', 'toString')), tie('field')),
    item: oneof({ maxDepth: 3 }, string(), integer(), boolean(), tie('fields')),
    field: oneof({ maxDepth: 3 }, tie('item'), array(tie('item'))),
  }));

  it('does not differ from itself', () => {
    assert(property(fields, (object) => check({ desired: object, live: structuredClone(object) })));
  });

  it('does not differ from itself with the fields of others added', () => {
    assert(
      property(fields, array(string()), (object, names) => {
        const live = { ...Object.fromEntries(names.map((name) => [name, 'foreign'])), ...object };
        check({ desired: object, live });
      }),
    );
  });

  it('differs from one that lacks a field of it', () => {
    assert(
      property(fields, string(), (object, name) => {
        const different = [...differences({ ...object, [name]: 'x' }, { ...object, [name]: undefined }, undefined)];
        expect(different).toMatchObject([{ wanted: 'x', found: undefined }]);
      }),
    );
  });
});
