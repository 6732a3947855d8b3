import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { AcceptedSpec, RejectedSpec } from '../crds/cases/spec-case.ts';
import { refusalOf, renderChart, type Values } from './render-chart.ts';

/** The cases of one area of the spec. */
interface Cases {
  readonly ACCEPTED: readonly AcceptedSpec[];
  readonly REJECTED: readonly RejectedSpec[];
}

const CASES = join(import.meta.dirname, '..', 'crds', 'cases');
const files = readdirSync(CASES).filter((file) => file !== 'spec-case.ts');
const areas = await Promise.all(
  // SAFETY: each of these modules exports both lists.
  files.map(async (file): Promise<[string, Cases]> => [file, (await import(join(CASES, file))) as Cases]),
);

/** Empty values that stand for the default in the chart, though the definition refuses an empty field. */
const DEFAULT_IN_THE_CHART = new Set([
  'the image ""',
  'no CPU request, but {}',
  'the load balancer class ""',
  'a budget without a limit',
]);

/** The fields of the spec whose values are not below `instance`. */
const AT_THE_TOP = new Set(['service', 'commonLabels', 'commonAnnotations']);

/** The values that give the default converter this spec. */
function valuesFor(spec: object): Values {
  const entries = Object.entries(spec);
  return {
    ...Object.fromEntries(entries.filter(([name]) => AT_THE_TOP.has(name))),
    instance: Object.fromEntries(entries.filter(([name]) => !AT_THE_TOP.has(name))),
  };
}

/** The name of the value for a field of the spec, for instance `instance.pod` for `spec.pod.labels[a]`. */
function valueOf(field: string): string {
  const path = field.replace(/^spec\./u, '').replaceAll(/\[.*$/gu, '');
  const parts = path.split('.').slice(0, 2);
  return (AT_THE_TOP.has(parts[0] ?? '') ? parts : ['instance', ...parts]).join('.');
}

/** Whether Helm's message names the value, as a path of a value or of JSON. */
function names(message: string, value: string): boolean {
  const path = `/${value.replaceAll('.', '/')}`;
  const parent = path.slice(0, path.lastIndexOf('/'));
  const property = path.slice(path.lastIndexOf('/') + 1);
  return (
    message.includes(`at '${path}`) ||
    message.includes(value) ||
    new RegExp(`at '${parent}': .*'${property}'`, 'u').test(message)
  );
}

describe.each(areas)('a default converter that the definition refuses: %s', (_area, { ACCEPTED, REJECTED }) => {
  const refused = REJECTED.filter(
    ({ title, spec }) => typeof spec === 'object' && !Array.isArray(spec) && !DEFAULT_IN_THE_CHART.has(title),
  );

  it.each(refused)('is refused by the chart, with the value: $title', async ({ spec, errors }) => {
    // SAFETY: filtered above.
    const message = await refusalOf(valuesFor(spec as object));
    const fields = Object.keys(errors).filter((field) => field !== '<nil>');
    expect([message, fields.some((field) => names(message, valueOf(field)))]).toEqual([message, true]);
  });

  it.each(ACCEPTED)('is rendered if the definition accepts it: $title', async ({ spec }) => {
    expect(await renderChart(valuesFor(spec))).not.toEqual([]);
  });
});
