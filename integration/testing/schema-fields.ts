import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { CRD_FILE } from './test-server.ts';

/** The part of an OpenAPI schema that lists fields. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Definition {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
}

/**
 * Lists every field of the spec in the CustomResourceDefinition, parents included, such as `pod.tolerations` and
 * `pod.tolerations[].key`.
 */
export async function listSpecFields(): Promise<readonly string[]> {
  // SAFETY: the tests' API server has accepted the file.
  const definition = load(await readFile(CRD_FILE, 'utf8')) as Definition;
  const spec = definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
  return spec === undefined ? [] : fieldsBelow(spec, '');
}

function fieldsBelow({ properties, items }: Schema, path: string): readonly string[] {
  const named = Object.entries(properties ?? {}).map(([name, schema]) => {
    return { field: path === '' ? name : `${path}.${name}`, schema };
  });
  return [
    ...named.map(({ field }) => field),
    ...named.flatMap(({ field, schema }) => fieldsBelow(schema, field)),
    ...(items === undefined ? [] : fieldsBelow(items, `${path}[]`)),
  ];
}
