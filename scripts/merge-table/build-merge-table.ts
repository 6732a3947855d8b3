import {
  type FieldEntry,
  type MergeTable,
  QUANTITY,
  type TypeEntry,
} from '../../controller-runtime/apply/merge-table.ts';
import { type CompletedObject, findDefaults } from './defaults.ts';
import type { GroupVersionKind, OpenApiDocument, OpenApiSchema } from './openapi.ts';
import { leaveOutOrdinary } from './ordinary.ts';

/** The type of raw JSON, which is atomic although its schema does not say so. */
const RAW_EXTENSION = 'pkg.runtime.RawExtension';

/**
 * Builds the merge table of all kinds that can be applied from the API server's OpenAPI. The schemas lack the defaults inside
 * atomic values, so they come from objects that the server has defaulted. Throws an Error if two of these objects contradict.
 */
export function buildMergeTable(
  documents: readonly OpenApiDocument[],
  completed: readonly CompletedObject[],
): MergeTable {
  const schemas = collectSchemas(documents);
  const kinds = findAppliedKinds(documents, schemas);
  const roots = new Set(Object.values(kinds).flatMap((names) => Object.values(names)));
  const types = new Map([...schemas].map(([name, schema]) => [name, buildType(name, schema, roots.has(name))]));
  const defaults = findDefaults({ kinds, types }, completed);
  const complete = new Map(
    [...types].map(([name, type]) => [name, withDefaults(type, defaults.get(name) ?? new Map())]),
  );
  return { kinds: sortKeys(kinds), types: sortKeys(Object.fromEntries(leaveOutOrdinary(complete, roots))) };
}

/** Returns the schemas of all documents, many of which occur in several, by their short names. */
function collectSchemas(documents: readonly OpenApiDocument[]): ReadonlyMap<string, OpenApiSchema> {
  const schemas = new Map<string, OpenApiSchema>();
  const names = new Map<string, string>();
  for (const [name, schema] of documents.flatMap(({ components }) => Object.entries(components?.schemas ?? {}))) {
    const short = shorten(name);
    const known = names.get(short) ?? name;
    if (known !== name) throw new Error(`${known} and ${name} have the same short name`);
    names.set(short, name);
    schemas.set(short, schema);
  }
  return schemas;
}

/** Shortens the name of a schema to its group, version and kind: `core.v1.Container`. */
function shorten(name: string): string {
  return name.endsWith('.api.resource.Quantity') ? QUANTITY : name.split('.').slice(-3).join('.');
}

/** Returns the name of the type of each kind that supports PATCH, by apiVersion and kind. */
function findAppliedKinds(
  documents: readonly OpenApiDocument[],
  schemas: ReadonlyMap<string, OpenApiSchema>,
): Record<string, Record<string, string>> {
  const patched = documents
    .flatMap(({ paths }) => Object.entries(paths ?? {}))
    // A subresource alone does not mean that a kind can be applied.
    .filter(([path]) => path.endsWith('/{name}'))
    .flatMap(([, { patch }]) => patch?.['x-kubernetes-group-version-kind'] ?? []);
  const applied = new Set(patched.map((gvk) => `${apiVersionOf(gvk)} ${gvk.kind}`));
  const kinds: Record<string, Record<string, string>> = {};
  for (const [name, schema] of schemas) {
    for (const gvk of schema['x-kubernetes-group-version-kind'] ?? []) {
      const apiVersion = apiVersionOf(gvk);
      if (applied.has(`${apiVersion} ${gvk.kind}`)) (kinds[apiVersion] ??= {})[gvk.kind] = name;
    }
  }
  return kinds;
}

function apiVersionOf({ group, version }: GroupVersionKind): string {
  return group === '' ? version : `${group}/${version}`;
}

function buildType(name: string, schema: OpenApiSchema, isRoot: boolean): TypeEntry {
  const fields = Object.entries(schema.properties ?? {})
    // An apply changes the status only through the subresource.
    .filter(([field]) => !(isRoot && field === 'status'))
    .map(([field, property]) => [field, buildField(property)] as const);
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic' || name === RAW_EXTENSION;
  return { ...(isAtomic ? { atomic: true } : {}), fields: Object.fromEntries(fields) };
}

function buildField(schema: OpenApiSchema): FieldEntry {
  const { default: filledIn } = schema;
  const isEmpty = filledIn === undefined || filledIn === '' || typeof filledIn === 'object';
  return { ...describeType(schema), ...describeMerge(schema), ...(isEmpty ? {} : { default: filledIn }) };
}

function describeType(schema: OpenApiSchema): FieldEntry {
  const { additionalProperties: values, items, default: filledIn } = schema;
  const type = referenceOf(schema);
  // Go always writes a struct without a pointer, even if it is empty. The schema has an empty default for it.
  const isEmbedded = type !== undefined && type !== QUANTITY && filledIn !== undefined;
  return defined({
    type,
    embedded: isEmbedded || undefined,
    valuesOf: typeof values === 'object' ? (referenceOf(values) ?? '') : undefined,
    itemsOf: items && referenceOf(items),
  });
}

function describeMerge(schema: OpenApiSchema): FieldEntry {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  return defined({
    keys: listType === 'map' ? schema['x-kubernetes-list-map-keys']?.toSorted() : undefined,
    set: listType === 'set' || undefined,
    atomic: mapType === undefined ? undefined : mapType === 'atomic',
  });
}

function referenceOf({ $ref, allOf }: OpenApiSchema): string | undefined {
  const reference = $ref ?? allOf?.[0]?.$ref;
  return reference === undefined ? undefined : shorten(reference.slice(reference.lastIndexOf('/') + 1));
}

function withDefaults(type: TypeEntry, defaults: ReadonlyMap<string, unknown>): TypeEntry {
  const fields = { ...type.fields };
  for (const [name, value] of defaults) fields[name] = { ...fields[name], default: value };
  return { ...type, fields };
}

/** Removes undefined fields. */
function defined<T extends object>(fields: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  // SAFETY: no remaining field is undefined.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
