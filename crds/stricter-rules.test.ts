import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSchema, RELEASED_CRD_FILE, type Schema } from './schema.ts';
import { announcementsOf, findStricterRules, findUnannouncedRules, type StricterRule } from './stricter-rules.ts';

const CHANGELOG = readFileSync(join(import.meta.dirname, '..', 'CHANGELOG.md'), 'utf8');

/** A schema with one field. */
function withField(field: object): Schema {
  return { type: 'object', properties: { spec: { type: 'object', properties: { field } } } };
}

const rule = (text: string, message = 'must be valid'): object => ({ rule: text, message });

describe('a rule is stricter', () => {
  it.each<[string, object, object, string]>([
    ['a lower maximum', { maximum: 5 }, { maximum: 4 }, 'maximum 4'],
    ['a new maximum', {}, { maximum: 4 }, 'maximum 4'],
    ['a higher minimum', { minimum: 1 }, { minimum: 2 }, 'minimum 2'],
    ['a shorter text', { maxLength: 63 }, { maxLength: 62 }, 'maxLength 62'],
    ['fewer items', { maxItems: 9 }, { maxItems: 8 }, 'maxItems 8'],
    ['a missing value of an enum', { enum: ['a', 'b'] }, { enum: ['a', 'c'] }, 'enum ["a","c"]'],
    ['a new enum', {}, { enum: ['a'] }, 'enum ["a"]'],
    ['another pattern', { pattern: '^a' }, { pattern: '^b' }, 'pattern "^b"'],
    ['a format', {}, { format: 'ipv4' }, 'format "ipv4"'],
    ['another type', { type: 'string' }, { type: 'integer' }, 'type "integer"'],
    ['a required field', { required: ['a'] }, { required: ['a', 'b'] }, 'required b'],
    [
      'unique items',
      { type: 'array' },
      { type: 'array', 'x-kubernetes-list-type': 'set' },
      'x-kubernetes-list-type "set"',
    ],
    ['no null', { nullable: true }, {}, 'no nullable'],
    [
      'no text for a number',
      { 'x-kubernetes-int-or-string': true },
      { type: 'integer' },
      'no x-kubernetes-int-or-string',
    ],
    [
      'a new rule',
      { 'x-kubernetes-validations': [rule('self > 1')] },
      { 'x-kubernetes-validations': [rule('self > 1'), rule('self < 5')] },
      'rule self < 5',
    ],
    [
      'another rule',
      { 'x-kubernetes-validations': [rule('self > 1')] },
      { 'x-kubernetes-validations': [rule('self > 2')] },
      'rule self > 2',
    ],
  ])('%s', (_case, before, after, change) => {
    expect(findStricterRules(withField(before), withField(after))).toContainEqual({ field: 'spec.field', change });
  });

  it.each([
    ['in the items of a list', (field: object): object => ({ items: field }), 'spec.field[]'],
    ['in the values of a map', (field: object): object => ({ additionalProperties: field }), 'spec.field[*]'],
    ['in a field of an object', (field: object): object => ({ properties: { a: field } }), 'spec.field.a'],
  ])('%s', (_case, within, field) => {
    const [older, newer] = [withField(within({ maximum: 5 })), withField(within({ maximum: 4 }))];
    expect(findStricterRules(older, newer)).toEqual([{ field, change: 'maximum 4' }]);
  });

  it('of the whole object', () => {
    const newer = { ...withField({}), 'x-kubernetes-validations': [{ rule: 'self.a', message: 'must be valid' }] };
    expect(findStricterRules(withField({}), newer)).toEqual([{ field: '.', change: 'rule self.a' }]);
  });

  it('a field that no longer exists', () => {
    const newer: Schema = { type: 'object', properties: { spec: { type: 'object', properties: {} } } };
    expect(findStricterRules(withField({}), newer)).toEqual([{ field: 'spec.field', change: 'no longer exists' }]);
  });
});

describe('no rule is stricter', () => {
  it.each<[string, object, object]>([
    ['a higher maximum', { maximum: 4 }, { maximum: 5 }],
    ['no maximum', { maximum: 4 }, {}],
    ['a lower minimum', { minimum: 2 }, { minimum: 1 }],
    ['another value of an enum', { enum: ['a'] }, { enum: ['a', 'b'] }],
    ['an optional field', { required: ['a'] }, { required: [] }],
    ['another description and default', { description: 'a', default: 1 }, { description: 'b', default: 2 }],
    [
      'another message',
      { 'x-kubernetes-validations': [rule('self > 1')] },
      { 'x-kubernetes-validations': [rule('self > 1', 'x')] },
    ],
    [
      'a rule for new values only',
      {},
      { 'x-kubernetes-validations': [{ ...rule('oldSelf.hasValue() || self > 1'), optionalOldSelf: true }] },
    ],
    ['a new field with rules', {}, { properties: { a: { maximum: 1 } } }],
    ['text for a number', { type: 'integer' }, { 'x-kubernetes-int-or-string': true }],
  ])('%s', (_case, before, after) => {
    expect(findStricterRules(withField(before), withField(after))).toEqual([]);
  });
});

function changelogWith(newest: string, earlier = '- A change.'): string {
  return `# Changelog\n\n## 0.3.0 — unreleased\n\n${newest}\n\n## 0.2.0 — 2026-01-01\n\n${earlier}\n`;
}

describe('an announcement', () => {
  const RULES: readonly StricterRule[] = [
    { field: 'spec.image', change: 'maxLength 9' },
    { field: 'spec.image', change: 'pattern "^a"' },
    { field: '.', change: 'rule self.a' },
  ];
  const ANNOUNCED = '- Stricter rule: `spec.image`: use a shorter name.\n- Stricter rule: `.`: set a.';

  it('names the field and says what to do, in the newest section or that of the version', () => {
    expect(findUnannouncedRules(RULES, changelogWith(ANNOUNCED))).toEqual([]);
    expect(findUnannouncedRules(RULES, changelogWith(ANNOUNCED), '0.3.0')).toEqual([]);
  });

  it.each([
    ['the section of an earlier version', changelogWith('- A change.', ANNOUNCED), undefined],
    ['the section of an earlier version', changelogWith('- A change.', ANNOUNCED), '0.3.0'],
    ['the section of another version', changelogWith(ANNOUNCED), '0.3.0-rc.1'],
    ['the field above it', changelogWith('- Stricter rule: `spec`: use a shorter name.'), undefined],
    ['the field below it', changelogWith('- Stricter rule: `spec.image.tag`: use a shorter name.'), undefined],
    ['the field without what to do', changelogWith('- Stricter rule: `spec.image`: \n- Another change.'), undefined],
    ['the field in a sentence', changelogWith('- See - Stricter rule: `spec.image`: shorter.'), undefined],
  ])('does not count in, or with, %s', (_case, changelog, version) => {
    expect(findUnannouncedRules(RULES, changelog, version)).toEqual(RULES);
  });

  it('is proposed once for each field', () => {
    expect(announcementsOf(RULES).split('\n')).toEqual([
      '- Stricter rule: `spec.image`: WHAT USERS MUST DO (maxLength 9; pattern "^a")',
      '- Stricter rule: `.`: WHAT USERS MUST DO (rule self.a)',
    ]);
  });
});

describe('the CustomResourceDefinition', () => {
  // Before Kubernetes 1.33, a stored resource that breaks a new rule in CEL gets no status any more. Loosen the rule, apply it to
  // new resources only (`oldSelf.hasValue() || …` with optionalOldSelf), or announce it in the CHANGELOG.
  it('has no rule that is stricter than in the last release, unless the CHANGELOG announces it', () => {
    const rules = findStricterRules(readSchema(RELEASED_CRD_FILE), readSchema());
    expect(announcementsOf(findUnannouncedRules(rules, CHANGELOG))).toBe('');
  });

  it('is compared in full: each rule of today counts as stricter than no rule', () => {
    const rules = findStricterRules(withoutRules(readSchema()), readSchema());
    expect(rules.filter(({ change }) => change.startsWith('rule ')).length).toBeGreaterThan(30);
    expect(rules).toContainEqual({
      field: 'spec.autoscaling.maxReplicas',
      change: expect.stringMatching(/^maximum /u),
    });
  });
});

/** The fields of a schema without their rules. */
function withoutRules({ properties, items, additionalProperties }: Schema): Schema {
  return {
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, withoutRules(field)])),
    }),
    ...(items && { items: withoutRules(items) }),
    ...(additionalProperties && { additionalProperties: withoutRules(additionalProperties) }),
  };
}
