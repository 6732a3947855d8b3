import { isDeepStrictEqual } from 'node:util';
import { type Schema, walkSchema } from './schema.ts';

/** A rule of a schema that a stored object may break, although it conforms to an older schema. */
export interface StricterRule {
  /** The field, such as `spec.image`; `.` for the whole object. */
  readonly field: string;
  /** What is stricter, such as `maxLength 63`. */
  readonly change: string;
}

/** Keywords that restrict nothing by themselves, or that are compared at each field below. */
const NO_RULES = new Set(['description', 'default', 'properties', 'items', 'additionalProperties', 'title', 'example']);
const UPPER_BOUNDS = new Set(['maximum', 'maxLength', 'maxItems', 'maxProperties']);
const LOWER_BOUNDS = new Set(['minimum', 'minLength', 'minItems', 'minProperties']);
/** Keywords that permit more while they are true. */
const PERMISSIONS = ['nullable', 'x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'];

/**
 * Finds what a newer schema restricts more than an older one. A change that cannot be compared counts as stricter. A field
 * that is new has no stored values, so its own rules are none.
 */
export function findStricterRules(older: Schema, newer: Schema): readonly StricterRule[] {
  const before = fieldsOf(older);
  const after = fieldsOf(newer);
  const removed = [...before.keys()].filter((field) => !after.has(field));
  return [
    ...removed.map((field) => ({ field, change: 'no longer exists' })),
    ...[...after].flatMap(([field, schema]) =>
      changesOf(before.get(field) ?? schema, schema).map((change) => ({ field, change })),
    ),
  ];
}

/**
 * Finds the rules that a section of the CHANGELOG does not announce: that of a version, which is missing until it has a
 * heading, or by default the newest one. An announcement in the section of an earlier version is about an earlier change.
 */
export function findUnannouncedRules(
  rules: readonly StricterRule[],
  changelog: string,
  version?: string,
): readonly StricterRule[] {
  const sections = changelog.split(/^## /mu).slice(1);
  const isOfVersion = (section: string): boolean => version === undefined || section.split(/\s/u, 1)[0] === version;
  const section = sections.find(isOfVersion) ?? '';
  const announced = new Set([...section.matchAll(/^- Stricter rule: `([^`]+)`: \S/gmu)].map(([, field]) => field));
  return rules.filter(({ field }) => !announced.has(field));
}

/** Says what to announce in the CHANGELOG, as one line for each field. */
export function announcementsOf(rules: readonly StricterRule[]): string {
  const fields = [...new Set(rules.map(({ field }) => field))];
  const changesTo = (name: string): string =>
    rules.flatMap(({ field, change }) => (field === name ? [change] : [])).join('; ');
  return fields.map((field) => `- Stricter rule: \`${field}\`: WHAT USERS MUST DO (${changesTo(field)})`).join('\n');
}

function fieldsOf(schema: Schema): ReadonlyMap<string, Schema> {
  return new Map(
    [...walkSchema({ path: '', schema })].map(({ path, schema: field }) => [path === '' ? '.' : path, field]),
  );
}

function changesOf(older: Schema, newer: Schema): readonly string[] {
  const before: Readonly<Record<string, unknown>> = { ...older };
  const after: Readonly<Record<string, unknown>> = { ...newer };
  const lost = PERMISSIONS.filter((keyword) => before[keyword] === true && after[keyword] !== true);
  return [
    ...lost.map((keyword) => `no ${keyword}`),
    ...Object.entries(after)
      .filter(([keyword]) => !NO_RULES.has(keyword) && !PERMISSIONS.includes(keyword))
      .flatMap(([keyword, value]) => stricterValues(keyword, before[keyword], value)),
  ];
}

/** What a keyword restricts that it did not restrict with the older value. */
function stricterValues(keyword: string, before: unknown, after: unknown): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (keyword === 'x-kubernetes-validations') return newItems(rulesOf(before), rulesOf(after), 'rule');
  if (keyword === 'required') return newItems(listOf(before), listOf(after), 'required');
  const isLooser = keyword === 'enum' ? isLooserEnum(before, after) : isLooserBound(keyword, before, after);
  return isLooser ? [] : [`${keyword} ${JSON.stringify(after)}`];
}

function isLooserBound(keyword: string, before: unknown, after: unknown): boolean {
  if (typeof before !== 'number' || typeof after !== 'number') return false;
  return (UPPER_BOUNDS.has(keyword) && after > before) || (LOWER_BOUNDS.has(keyword) && after < before);
}

function isLooserEnum(before: unknown, after: unknown): boolean {
  return before !== undefined && listOf(before).every((value) => listOf(after).includes(value));
}

function newItems(before: readonly unknown[], after: readonly unknown[], what: string): readonly string[] {
  return after.filter((item) => !before.includes(item)).map((item) => `${what} ${String(item)}`);
}

/** The texts of the rules: their messages restrict nothing. A rule for new values only applies to no stored one. */
function rulesOf(rules: unknown): readonly unknown[] {
  const texts = listOf(rules).map((rule) =>
    typeof rule === 'object' && rule !== null && 'rule' in rule ? rule.rule : rule,
  );
  return texts.filter((text) => !String(text).startsWith('oldSelf.hasValue() || '));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
