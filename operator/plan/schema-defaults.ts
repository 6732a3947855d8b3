import type { ObjectSchema } from '../../controller-runtime/apply/schema-merge-rules.ts';
import { isMap } from '../../controller-runtime/apply/json.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { API_VERSION, GROUP, KIND, VERSION } from '../api/temperature-converter.ts';

interface OpenApi {
  readonly components?: { readonly schemas?: Readonly<Record<string, ObjectSchema & Kinds>> };
}

interface Kinds {
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

/** Reads the schema that the API server publishes, and returns a function that sets its defaults in a resource. */
export async function readDefaults(client: KubeClient, signal: AbortSignal): Promise<(resource: unknown) => unknown> {
  const { components } = await client.send<OpenApi>({ method: 'GET', path: `/openapi/v3/apis/${API_VERSION}` }, signal);
  const schema = Object.values(components?.schemas ?? {}).find((candidate) =>
    candidate['x-kubernetes-group-version-kind']?.some(
      ({ group, version, kind }) => group === GROUP && version === VERSION && kind === KIND,
    ),
  );
  if (schema === undefined) throw new Error(`the API server publishes no schema of ${KIND} (${API_VERSION})`);
  const { properties } = schema;
  // Metadata and status have no defaults that a plan needs.
  const ofSpec: ObjectSchema = { properties: { spec: properties?.['spec'] ?? {} } };
  return (resource) => withDefaults(resource, ofSpec);
}

/** Returns a value with the defaults of its schema, as the API server sets them: outermost first. */
export function withDefaults(value: unknown, schema: ObjectSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, schema.items ?? {}));
  if (!isMap(value)) return value;
  const fields: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const field = fields[name] ?? structuredClone(property.default);
    if (field !== undefined) fields[name] = withDefaults(field, property);
  }
  return fields;
}
