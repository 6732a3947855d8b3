import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CustomResourceDefinition,
  type Place,
  type PrinterColumn,
  readCustomResourceDefinition,
  type Schema,
  walkSchema,
} from '../crds/schema.ts';

/** The file with the reference. */
export const API_REFERENCE_FILE = join(import.meta.dirname, '../docs/api.md');

/** Renders the reference of the API from its schema, as Markdown. */
export function renderApiReference(definition: CustomResourceDefinition): string {
  const { group, names, versions } = definition.spec;
  const [version] = versions;
  const root = version.schema.openAPIV3Schema;
  const places = [...walkSchema({ path: '', schema: root })].filter(({ path }) => /^(?:spec|status)\b/.test(path));
  const sections = places.filter(({ schema }) => schema.properties !== undefined);
  return `<!-- Generated from crds/temperatureconverters.yaml by \`npm run docs\`. Change that file, or scripts/generate-api-reference.ts. -->

# API reference: ${names.kind}

${root.description ?? ''}

| | |
|---|---|
| apiVersion | \`${group}/${version.name}\` |
| kind | \`${names.kind}\`, namespaced |
| in kubectl | \`${names.plural}\`, \`${names.shortNames.join('`, `')}\` |

Every field is optional, even \`spec\`; \`kubectl get tc NAME -o yaml\` shows the defaults.
\`kubectl explain tc.spec --recursive\` prints this reference in the terminal. The [samples](../samples) can be applied without
changes; the [last section](#validation-errors) explains validation errors.

The Deployment, Service, HorizontalPodAutoscaler and PodDisruptionBudget have the name of the resource. The name has at most 63
characters, and ${firstRule(root)}.

${sections.map((section) => renderSection(section, places)).join('\n')}
${renderColumns(version.additionalPrinterColumns)}
${VALIDATION_ERRORS}`;
}

const VALIDATION_ERRORS = `## Validation errors

The API server validates the whole resource before it stores it, so an invalid resource changes nothing. The error lists every
invalid field and the reason:

\`\`\`console
$ kubectl apply -f converter.yaml
The TemperatureConverter "converter" is invalid:
* spec.image: Invalid value: "Converter": must have no capital letters in the name of the repository
* spec.autoscaling.maxReplicas: Invalid value: must not be less than spec.autoscaling.minReplicas
* spec.service.nodePort: Invalid value: may be set only when spec.service.type is NodePort or LoadBalancer
\`\`\`

A line that begins with \`<nil>\` means that some rules are checked only once types and bounds are valid.

**A misspelled field** is refused too: by kubectl's default \`--validate=strict\`, and always by server-side apply.

\`\`\`console
$ kubectl apply -f converter.yaml
Error from server (BadRequest): ... strict decoding error: unknown field "spec.service.prot"
$ kubectl apply --server-side -f converter.yaml
Error from server: ... .spec.service.prot: field not declared in schema
\`\`\`

With \`--validate=warn\`, or with a client that does not request strict validation, the API server drops the field and sends a warning.

**The state of the cluster** is not validated: whether an image exists, a node port is free or a
PriorityClass exists, and the content of \`spec.pod.affinity\`. The operator reports such problems in \`status.conditions\`;
[Conditions](conditions.md) explains each of them.

**An older resource** that violates a newer rule keeps running and can be changed: the API server checks a rule again only for the
fields that change.
`;

function renderSection({ path, schema }: Place, places: readonly Place[]): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    renderRow(`${path}.${name}`, name, property),
  );
  return `${path.includes('.') ? '###' : '##'} ${path}

${schema.description ?? ''}

| field | type | default | meaning |
|---|---|---|---|
${rows.join('\n')}
${renderRules(path, places)}`;
}

function renderRow(path: string, name: string, schema: Schema): string {
  const hasPlainDefault = schema.default !== undefined && typeof schema.default !== 'object';
  const cells = [
    `\`${name}\``,
    describeType(path, schema),
    hasPlainDefault ? `\`${JSON.stringify(schema.default).replaceAll('"', '')}\`` : '',
    schema.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The rules of a section and of its fields, as the API server's messages; the type column has the bounds. */
function renderRules(section: string, places: readonly Place[]): string {
  const own = places.filter(({ path, schema }) => path === section || isFieldOf(section, path, schema));
  const lines = own.flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map(
      ({ fieldPath = '', message }) => `- \`${path}${fieldPath}\` ${message}`,
    ),
  );
  return lines.length === 0 ? '' : `\nRules, as in the API server's messages:\n\n${lines.join('\n')}\n`;
}

/** Whether a path is a field of the section without a section of its own, or the values of such a map or list. */
function isFieldOf(section: string, path: string, schema: Schema): boolean {
  const isBelow = path.startsWith(`${section}.`) && /^[\w-]+(?:\[\*?\])?$/.test(path.slice(section.length + 1));
  return isBelow && schema.properties === undefined;
}

function describeType(path: string, schema: Schema): string {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return path.includes('.resources.') ? 'quantity: string or integer' : 'integer or string';
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.items !== undefined) return describeList(path, schema, schema.items);
  if (schema.additionalProperties !== undefined) {
    return `map of at most ${schema.maxProperties} strings, each of at most ${schema.additionalProperties.maxLength} characters`;
  }
  if (schema.properties !== undefined) return link('object', path);
  return `${schema.type ?? ''}${describeBounds(schema)}`;
}

function describeList(path: string, { maxItems }: Schema, items: Schema): string {
  if (items.properties !== undefined) return `list of at most ${maxItems} ${link('objects', `${path}[]`)}`;
  return `list of at most ${maxItems} strings, each of at most ${items.maxLength} characters`;
}

function describeBounds({ format, minimum, maximum, maxLength }: Schema): string {
  if (format === 'date-time') return ': a time as in RFC 3339';
  if (maxLength !== undefined) return `, at most ${maxLength} characters`;
  return minimum === undefined ? '' : `, ${minimum} to ${maximum}`;
}

function link(text: string, path: string): string {
  // The anchor that GitHub generates for a heading.
  return `[${text}](#${path.toLowerCase().replaceAll(/[^a-z0-9 -]/g, '')})`;
}

function firstRule({ 'x-kubernetes-validations': rules = [] }: Schema): string {
  return rules[0]?.message ?? '';
}

function renderColumns(columns: readonly PrinterColumn[]): string {
  const rows = columns.map(
    ({ name, description, priority = 0 }) => `| ${name} | ${description}${priority > 0 ? ' With `-o wide`.' : ''} |`,
  );
  return `## Columns of kubectl get tc

| column | meaning |
|---|---|
${rows.join('\n')}
`;
}

if (import.meta.main) writeFileSync(API_REFERENCE_FILE, renderApiReference(readCustomResourceDefinition()));
