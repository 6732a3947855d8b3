import { describe, expect, it } from '@jest/globals';
import { findMissingRestrictions } from './condition-schema.ts';
import { readCustomResourceDefinition, type Schema, walkSchema } from './schema.ts';

const root = readCustomResourceDefinition().spec.versions[0].schema.openAPIV3Schema;
const conditionSchema = [...walkSchema({ path: '', schema: root })].find(
  ({ path }) => path === 'status.conditions[]',
)?.schema;

/** A changed copy of the schema of a condition. */
function changed(change: (condition: { required: string[]; properties: Record<string, Schema> }) => void): Schema {
  const condition = structuredClone({ required: [], properties: {}, ...conditionSchema });
  // SAFETY: a mutable copy.
  change(condition as unknown as { required: string[]; properties: Record<string, Schema> });
  return condition;
}

describe('findMissingRestrictions finds', () => {
  it.each(['type', 'status', 'lastTransitionTime', 'reason', 'message'])('an optional %s', (name) => {
    const schema = changed((condition) => {
      condition.required = condition.required.filter((required) => required !== name);
    });
    expect(findMissingRestrictions(schema)).toEqual([`${name}: required`]);
  });

  it.each([
    ['type', 'maxLength', 'maxLength'],
    ['type', 'x-kubernetes-validations', 'pattern'],
    ['status', 'enum', 'enum'],
    ['observedGeneration', 'minimum', 'minimum'],
    ['lastTransitionTime', 'format', 'format'],
    ['reason', 'minLength', 'minLength'],
    ['reason', 'maxLength', 'maxLength'],
    ['reason', 'x-kubernetes-validations', 'pattern'],
    ['message', 'maxLength', 'maxLength'],
  ])('a %s without its %s', (name, key, restriction) => {
    const schema = changed(({ properties }) => {
      Reflect.deleteProperty(Object(properties[name]), key);
    });
    expect(findMissingRestrictions(schema)).toEqual([`${name}: ${restriction}`]);
  });

  it.each([
    ['type', { maxLength: 317 }, 'maxLength'],
    ['status', { enum: ['True', 'False', 'Unknown', 'Maybe'] }, 'enum'],
    ['observedGeneration', { minimum: -1 }, 'minimum'],
    ['reason', { minLength: 0 }, 'minLength'],
    ['reason', { 'x-kubernetes-validations': [{ rule: "self.matches('^[A-Za-z]')", message: 'must be' }] }, 'pattern'],
    ['message', { maxLength: 32_769 }, 'maxLength'],
  ])('a %s with %j', (name, change, restriction) => {
    const schema = changed(({ properties }) => {
      properties[name] = { ...properties[name], ...change };
    });
    expect(findMissingRestrictions(schema)).toEqual([`${name}: ${restriction}`]);
  });
});
