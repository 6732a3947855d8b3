import { describe, expect, it } from '@jest/globals';
import { findLaxities, isConditionSchema } from './condition-schema.ts';
import { type Place, readCustomResourceDefinition, type Schema, walkSchema } from './schema.ts';

const [version] = readCustomResourceDefinition().spec.versions;
const places = [...walkSchema({ path: '', schema: version.schema.openAPIV3Schema })].filter(
  ({ path }) => !path.startsWith('metadata'),
);
const inSpec = places.filter(({ path }) => path.startsWith('spec.'));

function pathsOf(found: readonly Place[]): string[] {
  return found.map(({ path }) => path);
}

function hasBound(schema: Schema): boolean {
  if (schema.type === 'string') return schema.maxLength !== undefined || schema.enum !== undefined;
  if (schema.type === 'array') return schema.maxItems !== undefined;
  if (schema.type === 'integer') return schema.minimum !== undefined && schema.maximum !== undefined;
  if (schema.additionalProperties !== undefined) return schema.maxProperties !== undefined;
  return schema['x-kubernetes-int-or-string'] !== true || schema.maxLength !== undefined;
}

describe('the schema follows the API conventions', () => {
  it('describes every field', () => {
    const values = /(?:\[\]|\[\*\])$/;
    const bare = places.filter(({ path, schema }) => schema.description === undefined && !values.test(path));
    expect(pathsOf(bare)).toEqual([]);
  });

  it('says of every field of spec what happens when it is left out, or that it must not be', () => {
    const silent = inSpec.filter(
      ({ path, schema }) =>
        !path.endsWith(']') && !/[Ww]hen left out|Required|To be given/.test(schema.description ?? ''),
    );
    expect(pathsOf(silent)).toEqual([]);
  });

  it.each(inSpec.filter(({ schema }) => schema.default !== undefined && schema.type !== 'object'))(
    'names the default of $path in its description',
    ({ schema }) => {
      expect(schema.description).toContain(`When left out, ${String(schema.default)}.`);
    },
  );

  it('bounds every string, list, map and number', () => {
    const exempt = new Set(['apiVersion', 'kind']);
    expect(pathsOf(places.filter(({ path, schema }) => !exempt.has(path) && !hasBound(schema)))).toEqual([]);
  });

  it('gives every list its type', () => {
    const lists = places.filter(({ schema }) => schema.type === 'array');
    expect(pathsOf(lists.filter(({ schema }) => schema['x-kubernetes-list-type'] === undefined))).toEqual([]);
  });

  it('has neither floats, nor null, nor patterns that print a regular expression at the user', () => {
    const strange = places.filter(
      ({ schema }) =>
        !(schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true) ||
        // SAFETY: a word that no schema of ours may use is in no type of ours either.
        ['number'].includes(schema.type as string) ||
        'nullable' in schema ||
        'pattern' in schema,
    );
    expect(pathsOf(strange)).toEqual([]);
  });

  it('lets unknown fields through only in the parts of affinity', () => {
    expect(pathsOf(places.filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'] === true))).toEqual([
      'spec.pod.affinity.nodeAffinity',
      'spec.pod.affinity.podAffinity',
      'spec.pod.affinity.podAntiAffinity',
    ]);
  });

  it('explains every rule in words that continue the name of the field', () => {
    const rules = places.flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? []);
    expect(rules.length).toBeGreaterThan(20);
    for (const { message } of rules) expect(message).toMatch(/^(?:must|may|has) [^\n^$]*[^.\n]$/);
  });

  it('restricts conditions at least as metav1.Condition does', () => {
    const conditions = places.filter(({ schema }) => isConditionSchema(schema));
    expect(pathsOf(conditions)).toEqual(['status.conditions[]']);
    for (const { schema } of conditions) expect(findLaxities(schema)).toEqual([]);
  });

  it('leaves the reasons of conditions open, so that a newer operator can write under an older schema', () => {
    const reason = places.find(({ path }) => path === 'status.conditions[].reason');
    expect(reason?.schema).not.toHaveProperty('enum');
  });
});
