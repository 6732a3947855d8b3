import { describe, expect, it } from '@jest/globals';
import { type Difference, differences } from './apply-difference.ts';
import { mergeRulesOfSchema, type ObjectSchema } from './schema-merge-rules.ts';
import { type DifferenceCase, UNKNOWN, at, withoutSteps } from '../testing/difference-case.ts';

const thing = (schema: ObjectSchema, fields: DifferenceCase): readonly Omit<Difference, 'steps'>[] =>
  differences(
    { ...UNKNOWN, ...fields.desired },
    fields.live,
    fields.owned,
    mergeRulesOfSchema({ properties: { spec: schema } }),
  ).map(withoutSteps);

describe('a custom kind', () => {
  it.each<[string, ObjectSchema, DifferenceCase]>([
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
