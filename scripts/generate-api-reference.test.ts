import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readCustomResourceDefinition, walkSchema } from '../crds/schema.ts';
import { API_REFERENCE_FILE, renderApiReference } from './generate-api-reference.ts';

const definition = readCustomResourceDefinition();
const reference = renderApiReference(definition);

describe('the API reference', () => {
  it('is up to date with the schema: run `npm run docs` after a change', () => {
    expect(readFileSync(API_REFERENCE_FILE, 'utf8')).toBe(reference);
  });

  it('lists every rule of the schema once', () => {
    const places = [...walkSchema({ path: '', schema: definition.spec.versions[0].schema.openAPIV3Schema })];
    const rules = places.flatMap(({ path, schema }) =>
      (schema['x-kubernetes-validations'] ?? []).map(({ fieldPath = '', message }) => ({
        at: path + fieldPath,
        message,
      })),
    );
    for (const { at, message } of rules) {
      const line = at === '.metadata.name' ? message : `- \`${at}\` ${message}\n`;
      expect(reference.split(line)).toHaveLength(2);
    }
  });

  it('links only to existing headings', () => {
    const headings = [...reference.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    const anchors = new Set(headings.map((text) => text.replaceAll(/[^a-z0-9 -]/g, '').replaceAll(' ', '-')));
    const links = [...reference.matchAll(/\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });
});
