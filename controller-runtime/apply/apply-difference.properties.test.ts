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
import { differences } from './apply-difference.ts';
import type { ObjectKind } from './built-in-merge-rules.ts';
import { mergeRulesOfSchema, type ObjectSchema } from './schema-merge-rules.ts';
import { UNKNOWN } from '../testing/difference-case.ts';

const ofUnknownKind = (spec: object): ObjectKind & { readonly spec: object } => ({ ...UNKNOWN, spec });

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
