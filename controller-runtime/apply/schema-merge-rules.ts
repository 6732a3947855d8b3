import { METADATA } from './built-in-merge-rules.ts';
import { type MergeRules, objectMergeRules, ORDINARY } from './merge-rules.ts';

/**
 * The part of a CustomResourceDefinition's schema (`spec.versions[].schema.openAPIV3Schema`) that is read. The types of scalars
 * are not read: `type` only lets TypeScript recognize a schema.
 */
export interface ObjectSchema {
  readonly type?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly additionalProperties?: ObjectSchema | boolean;
  readonly items?: ObjectSchema;
  readonly default?: unknown;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

/** Returns the rules of a custom kind. By default, maps are granular and lists are atomic. */
export function mergeRulesOfSchema(schema: ObjectSchema): MergeRules {
  const { fields } = rulesOfSchema({ ...schema, 'x-kubernetes-embedded-resource': true });
  return objectMergeRules(fields, ORDINARY.all);
}

function rulesOfSchema(schema: ObjectSchema): MergeRules {
  const { additionalProperties: others, items } = schema;
  const fields = fieldsOfSchema(schema);
  const listType = schema['x-kubernetes-list-type'];
  return {
    // The API server stores the empty values of a custom resource.
    ...ORDINARY.all,
    fields: () => fields,
    others: typeof others === 'object' ? rulesOfSchema(others) : ORDINARY.all,
    isAtomic: schema['x-kubernetes-map-type'] === 'atomic',
    items: items === undefined ? ORDINARY.all : rulesOfSchema(items),
    keys: listType === 'map' ? schema['x-kubernetes-list-map-keys']?.toSorted() : undefined,
    isSet: listType === 'set',
    default: schema.default,
  };
}

function fieldsOfSchema(schema: ObjectSchema): ReadonlyMap<string, MergeRules> {
  const properties = Object.entries(schema.properties ?? {});
  const fields = new Map(properties.map(([name, property]) => [name, rulesOfSchema(property)]));
  // The API server knows the metadata of each embedded object, regardless of the schema.
  return schema['x-kubernetes-embedded-resource'] === true ? fields.set('metadata', METADATA) : fields;
}
