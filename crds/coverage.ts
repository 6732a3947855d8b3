import type { Schema } from './schema.ts';

/** The differences of an object and a schema, as paths such as `spec.pod.tolerations[].key`. */
export interface Coverage {
  /** Fields of the schema that the object does not have. */
  readonly unset: readonly string[];
  /** Fields of the object that the schema does not have, or has with another type. */
  readonly unknown: readonly string[];
}

/**
 * Compares an object with a schema, field by field. The entries of a list or map count together, because some fields
 * exclude each other within one entry.
 */
export function compareWithSchema(schema: Schema, object: unknown, path: string): Coverage {
  return compare(schema, [object], path);
}

function compare(schema: Schema, values: readonly unknown[], path: string): Coverage {
  const given = values.filter((value) => value !== undefined);
  if (given.length === 0) return { unset: [path], unknown: [] };
  if (!given.every((value) => hasTypeOf(schema, value))) return { unset: [], unknown: [path] };
  if (schema.items !== undefined) return compare(schema.items, given.flat(), `${path}[]`);
  if (schema.additionalProperties !== undefined) {
    const entries = given.flatMap((value) => Object.values(recordOf(value)));
    return compare(schema.additionalProperties, entries, `${path}[*]`);
  }
  return schema.properties === undefined
    ? { unset: [], unknown: [] }
    : compareProperties(schema.properties, given.map(recordOf), path);
}

function compareProperties(
  properties: Readonly<Record<string, Schema>>,
  objects: readonly Readonly<Record<string, unknown>>[],
  path: string,
): Coverage {
  const unknownNames = new Set(
    objects.flatMap((object) => Object.keys(object)).filter((name) => !(name in properties)),
  );
  const parts = Object.entries(properties).map(([name, schema]) =>
    compare(
      schema,
      objects.map((object) => object[name]),
      `${path}.${name}`,
    ),
  );
  return {
    unset: parts.flatMap(({ unset }) => unset),
    unknown: [...[...unknownNames].map((name) => `${path}.${name}`), ...parts.flatMap(({ unknown }) => unknown)],
  };
}

function hasTypeOf(schema: Schema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  if (schema.type === 'array') return Array.isArray(value);
  if (schema.type === 'integer') return Number.isInteger(value);
  if (schema.type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === schema.type;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  // SAFETY: called after hasTypeOf found an object.
  return value as Readonly<Record<string, unknown>>;
}
