import { describe, expect, it } from '@jest/globals';
import type { FieldEntry, MergeTable } from '../../controller-runtime/apply/merge-table.ts';
import { buildMergeTable } from './build-merge-table.ts';
import type { CompletedObject } from './defaults.ts';
import type { OpenApiDocument, OpenApiSchema } from './openapi.ts';

const PREFIX = 'io.k8s.api.example.v1.';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const THING = { group: 'example.com', version: 'v1', kind: 'Thing' };

const refTo = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });
/** A reference to a type, in the form that the API server uses for a field with its own description. */
const allOf = (name: string, more: object = {}): OpenApiSchema => ({ allOf: [refTo(name)], ...more });

/** The OpenAPI of a kind Thing with these properties, and of other types. */
function openApiOf(
  properties: Readonly<Record<string, OpenApiSchema>>,
  types: Readonly<Record<string, OpenApiSchema>> = {},
): readonly OpenApiDocument[] {
  const schemas = {
    [`${PREFIX}Thing`]: { properties, 'x-kubernetes-group-version-kind': [THING] },
    [QUANTITY]: {},
    ...Object.fromEntries(Object.entries(types).map(([name, type]) => [`${PREFIX}${name}`, type])),
  };
  const paths = { '/apis/example.com/v1/things/{name}': { patch: { 'x-kubernetes-group-version-kind': THING } } };
  return [{ paths, components: { schemas } }];
}

function tableOf(
  properties: Readonly<Record<string, OpenApiSchema>>,
  types?: Readonly<Record<string, OpenApiSchema>>,
  completed: readonly CompletedObject[] = [],
): MergeTable['types'] {
  return buildMergeTable(openApiOf(properties, types), completed).types;
}

const completed = (sent: object, received: object): CompletedObject => ({
  sent: { apiVersion: 'example.com/v1', kind: 'Thing', ...sent },
  received,
});

describe('a merge table', () => {
  it.each<[string, OpenApiSchema, FieldEntry]>([
    [
      'a list that is merged by keys, in sorted order',
      { items: {}, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'name'] },
      { keys: ['name', 'port'] },
    ],
    ['a set', { items: {}, 'x-kubernetes-list-type': 'set' }, { set: true }],
    ['a map', { additionalProperties: {} }, { valuesOf: '' }],
    ['an atomic map', { additionalProperties: {}, 'x-kubernetes-map-type': 'atomic' }, { valuesOf: '', atomic: true }],
    ['a map of quantities', { additionalProperties: refTo(QUANTITY) }, { valuesOf: 'Quantity' }],
    ['a quantity', allOf(QUANTITY), { type: 'Quantity' }],
    ['quantities in a list', { items: allOf(QUANTITY, { default: {} }) }, { itemsOf: 'Quantity' }],
    ['a struct that is always written', allOf(`${PREFIX}Plain`, { default: {} }), { embedded: true }],
    ['an atomic struct', allOf(`${PREFIX}Atomic`), { type: 'example.v1.Atomic' }],
    [
      'a granular struct whose type is atomic',
      allOf(`${PREFIX}Atomic`, { 'x-kubernetes-map-type': 'granular' }),
      { type: 'example.v1.Atomic', atomic: false },
    ],
    ['a default', { default: 'TCP' }, { default: 'TCP' }],
    ['false as a default', { default: false }, { default: false }],
  ])('describes %s', (_what, property, entry) => {
    const types = { Plain: { properties: { a: {} } }, Atomic: { 'x-kubernetes-map-type': 'atomic' } };
    expect(tableOf({ field: property }, types)['example.v1.Thing']).toEqual({ fields: { field: entry } });
  });

  it.each<[string, OpenApiSchema]>([
    ['a scalar', { default: '' }],
    ['an atomic list', { items: {}, 'x-kubernetes-list-type': 'atomic' }],
    ['an optional struct of scalars', allOf(`${PREFIX}Plain`)],
    ['a list of structs of scalars', { items: refTo(`${PREFIX}Plain`) }],
  ])('omits the default behavior: %s', (_what, property) => {
    expect(tableOf({ field: property }, { Plain: { properties: { a: {} } } })).toEqual({});
  });

  it('omits types that no kind needs, and keeps types with other behavior at any depth', () => {
    const types = {
      Outer: { properties: { inner: allOf(`${PREFIX}Inner`) } },
      Inner: { properties: { self: { items: allOf(`${PREFIX}Inner`) }, amount: allOf(QUANTITY) } },
      Unused: { properties: { amount: allOf(QUANTITY) } },
    };
    expect(tableOf({ outer: allOf(`${PREFIX}Outer`) }, types)).toEqual({
      'example.v1.Thing': { fields: { outer: { type: 'example.v1.Outer' } } },
      'example.v1.Outer': { fields: { inner: { type: 'example.v1.Inner' } } },
      'example.v1.Inner': { fields: { amount: { type: 'Quantity' }, self: { itemsOf: 'example.v1.Inner' } } },
      Quantity: {},
    });
  });

  it('omits the status of an object, but no other field with this name', () => {
    const set = { items: {}, 'x-kubernetes-list-type': 'set' };
    const types = { Spec: { properties: { status: set } } };
    const table = tableOf({ spec: allOf(`${PREFIX}Spec`), status: set }, types);
    expect(table['example.v1.Thing']).toEqual({ fields: { spec: { type: 'example.v1.Spec' } } });
    expect(table['example.v1.Spec']).toEqual({ fields: { status: { set: true } } });
  });

  it('contains the kinds that can be patched other than through a subresource', () => {
    const list = { ...THING, kind: 'ThingList' };
    const scale = { ...THING, kind: 'Scale' };
    const schemas = Object.fromEntries(
      [THING, list, scale].map((gvk) => [`${PREFIX}${gvk.kind}`, { 'x-kubernetes-group-version-kind': [gvk] }]),
    );
    const paths = {
      '/apis/example.com/v1/things': {},
      '/apis/example.com/v1/things/{name}': { patch: { 'x-kubernetes-group-version-kind': THING } },
      '/apis/example.com/v1/things/{name}/scale': { patch: { 'x-kubernetes-group-version-kind': scale } },
    };
    expect(buildMergeTable([{ paths, components: { schemas } }], []).kinds).toEqual({
      'example.com/v1': { Thing: 'example.v1.Thing' },
    });
  });
});

describe('the defaults of a merge table', () => {
  const properties = {
    atomic: { items: refTo(`${PREFIX}Item`), 'x-kubernetes-list-type': 'atomic' },
    map: { items: refTo(`${PREFIX}Item`), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
  };
  const types = {
    Item: {
      properties: { name: {}, mode: {}, labels: { additionalProperties: {} }, inner: allOf(`${PREFIX}Inner`) },
    },
    Inner: { properties: { a: {} } },
  };
  it('are those of the API server inside atomic values', () => {
    const sent = { atomic: [{ name: 'a' }, { name: 'b', inner: {} }] };
    const received = {
      atomic: [
        { name: 'a', mode: 'x', labels: {} },
        { name: 'b', mode: 'x', inner: { a: 1, b: null, c: '' } },
      ],
    };
    const table = tableOf(properties, types, [completed(sent, received)]);
    expect(table['example.v1.Item']?.fields?.['mode']).toEqual({ default: 'x' });
    expect(table['example.v1.Item']?.fields?.['labels']).toEqual({ valuesOf: '' });
    expect(table['example.v1.Inner']).toEqual({ fields: { a: { default: 1 } } });
  });

  it('do not include those elsewhere, which do not affect a comparison', () => {
    const table = tableOf(properties, types, [
      completed({ map: [{ name: 'a' }] }, { status: 'x', map: [{ name: 'a', mode: 'x' }] }),
    ]);
    expect(table['example.v1.Item']?.fields).not.toHaveProperty('mode');
  });

  it('must not contradict each other', () => {
    const objects = ['x', 'y'].map((mode) => completed({ atomic: [{ name: 'a' }] }, { atomic: [{ name: 'a', mode }] }));
    expect(() => tableOf(properties, types, objects)).toThrow(
      'the API server has two defaults, "x" and "y", for mode of example.v1.Item',
    );
  });

  it('require a kind that the API server supports', () => {
    const other = { sent: { apiVersion: 'v1', kind: 'Other' }, received: {} };
    expect(() => tableOf(properties, types, [other])).toThrow('the API server does not support applying Other of v1');
  });
});
