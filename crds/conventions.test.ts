import { describe, expect, it } from '@jest/globals';
import { findMissingRestrictions, isConditionSchema } from './condition-schema.ts';
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
    const undescribed = places.filter(({ path, schema }) => schema.description === undefined && !values.test(path));
    expect(pathsOf(undescribed)).toEqual([]);
  });

  it('documents the default of every field of spec, or that it is required', () => {
    const undocumented = inSpec.filter(
      ({ path, schema }) =>
        !path.endsWith(']') && !/[Ww]hen left out|Required|To be given/.test(schema.description ?? ''),
    );
    expect(pathsOf(undocumented)).toEqual([]);
  });

  it.each(inSpec.filter(({ schema }) => schema.default !== undefined && schema.type !== 'object'))(
    'names the default of $path in its description',
    ({ schema }) => {
      expect(schema.description).toContain(`When left out, ${String(schema.default)}.`);
    },
  );

  it('limits every string, list, map and number', () => {
    const exempt = new Set(['apiVersion', 'kind']);
    expect(pathsOf(places.filter(({ path, schema }) => !exempt.has(path) && !hasBound(schema)))).toEqual([]);
  });

  it('gives every list its type', () => {
    const lists = places.filter(({ schema }) => schema.type === 'array');
    expect(pathsOf(lists.filter(({ schema }) => schema['x-kubernetes-list-type'] === undefined))).toEqual([]);
  });

  it('has no floats, no null, and no patterns, whose errors contain a regular expression', () => {
    const violations = places.filter(
      ({ schema }) =>
        !(schema.type !== undefined || schema['x-kubernetes-int-or-string'] === true) ||
        // SAFETY: widens the union, which deliberately lacks 'number'.
        ['number'].includes(schema.type as string) ||
        'nullable' in schema ||
        'pattern' in schema,
    );
    expect(pathsOf(violations)).toEqual([]);
  });

  it('preserves unknown fields only in the parts of affinity', () => {
    expect(pathsOf(places.filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'] === true))).toEqual([
      'spec.pod.affinity.nodeAffinity',
      'spec.pod.affinity.podAffinity',
      'spec.pod.affinity.podAntiAffinity',
    ]);
  });

  it('has rule messages that continue the name of the field', () => {
    const rules = places.flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? []);
    expect(rules.length).toBeGreaterThan(20);
    for (const { message } of rules) expect(message).toMatch(/^(?:must|may|has) [^\n^$]*[^.\n]$/);
  });

  it('restricts conditions at least as metav1.Condition does', () => {
    const conditions = places.filter(({ schema }) => isConditionSchema(schema));
    expect(pathsOf(conditions)).toEqual(['status.conditions[]']);
    for (const { schema } of conditions) expect(findMissingRestrictions(schema)).toEqual([]);
  });

  it('does not enumerate reasons, so that a newer operator works with an older schema', () => {
    const reason = places.find(({ path }) => path === 'status.conditions[].reason');
    expect(reason?.schema).not.toHaveProperty('enum');
  });
});
