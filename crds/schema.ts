import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** The file of the CustomResourceDefinition. */
export const CRD_FILE = join(import.meta.dirname, 'temperatureconverters.yaml');

/** The CustomResourceDefinition of the last release: `npm version` copies it. */
export const RELEASED_CRD_FILE = join(import.meta.dirname, 'last-release', 'temperatureconverters.yaml');

/** A CustomResourceDefinition (apiextensions.k8s.io/v1) with the fields that this one uses. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames: readonly string[];
    };
    readonly versions: readonly [Version];
  };
}

/** One version of the API, with the schema of its objects. */
export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

/** A column of `kubectl get`; a priority above 0 shows it only with `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly priority?: number;
}

/** An OpenAPI schema with the fields that this CustomResourceDefinition uses. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A rule in the Common Expression Language. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
}

/** Reads the CustomResourceDefinition, or that of the last release. */
export function readCustomResourceDefinition(file: string = CRD_FILE): CustomResourceDefinition {
  // SAFETY: the API server validates the file in the integration tests.
  return load(readFileSync(file, 'utf8')) as CustomResourceDefinition;
}

/** Reads the schema of the objects that a CustomResourceDefinition defines. */
export function readSchema(file: string = CRD_FILE): Schema {
  return readCustomResourceDefinition(file).spec.versions[0].schema.openAPIV3Schema;
}

/** A place in a schema, such as `spec.pod.tolerations[].key`, or `spec.pod.labels[*]` for any value of a map. */
export interface Place {
  readonly path: string;
  readonly schema: Schema;
}

/** Yields a place and every place below it, parents first. */
export function* walkSchema(place: Place): Generator<Place> {
  yield place;
  const { path, schema } = place;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* walkSchema({ path: path === '' ? name : `${path}.${name}`, schema: property });
  }
  if (schema.items !== undefined) yield* walkSchema({ path: `${path}[]`, schema: schema.items });
  if (schema.additionalProperties !== undefined) {
    yield* walkSchema({ path: `${path}[*]`, schema: schema.additionalProperties });
  }
}
