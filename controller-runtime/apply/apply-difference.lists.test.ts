import { describe, expect, it } from '@jest/globals';
import { differences } from './apply-difference.ts';
import type { OwnedFields } from './owned-fields.ts';
import { mergeRulesOfSchema } from './schema-merge-rules.ts';
import {
  type DifferenceCase,
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
  finalizers,
  UNKNOWN,
} from '../testing/difference-case.ts';

const claim = (fields: object): object => ({ spec: { volumeClaimTemplates: [fields] } });

const fieldRef = (fields: object): object => container({ env: [{ name: 'A', valueFrom: { fieldRef: fields } }] });
const tolerations = (...list: readonly object[]): object => podSpec({ tolerations: list });
const required = (terms: object): object =>
  podSpec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });

describe('lists that are merged item by item', () => {
  it.each<[string, DifferenceCase]>([
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

  it.each<[string, DifferenceCase]>([
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
  const AFFINITY = 'spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution';

  it.each<[string, DifferenceCase]>([
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

  it.each<[string, DifferenceCase]>([
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
