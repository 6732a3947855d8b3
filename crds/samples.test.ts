import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { compareWithSchema } from './coverage.ts';
import { readCustomResourceDefinition, type Schema } from './schema.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

interface Sample {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

function converterOf(file: string): Sample {
  // SAFETY: the integration tests apply these files.
  const documents = loadAll(readFileSync(join(SAMPLES, file), 'utf8')) as Sample[];
  const [converter, ...others] = documents.filter(({ kind }) => kind === 'TemperatureConverter');
  if (converter === undefined || others.length > 0) throw new Error(`${file} has not exactly one TemperatureConverter`);
  return converter;
}

function specSchema(): Schema {
  const { spec } = readCustomResourceDefinition().spec.versions[0].schema.openAPIV3Schema.properties ?? {};
  if (spec === undefined) throw new Error('the schema has no spec');
  return spec;
}

describe('the samples', () => {
  it.each(readdirSync(SAMPLES))(
    '%s has the name of its resource, sets no namespace and begins with a comment',
    (file) => {
      const { metadata } = converterOf(file);
      expect(`${metadata.name}.yaml`).toBe(file);
      expect(metadata.namespace).toBeUndefined();
      expect(readFileSync(join(SAMPLES, file), 'utf8')).toMatch(/^# \w.*\n/);
    },
  );

  it('minimal.yaml has no spec', () => {
    expect(converterOf('minimal.yaml').spec).toBeUndefined();
  });

  it('everything.yaml sets every field except the image, which depends on the cluster', () => {
    expect(compareWithSchema(specSchema(), converterOf('everything.yaml').spec, 'spec')).toEqual({
      unset: ['spec.image'],
      unknown: [],
    });
  });
});
