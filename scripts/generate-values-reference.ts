import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

const CHART = join(import.meta.dirname, '../helm');
const BEGIN = '<!-- Generated from values.yaml by `npm run docs`. -->';
const END = '<!-- End of the generated part. -->';

/** The file with the reference: the chart's README. */
export const VALUES_REFERENCE_FILE = join(CHART, 'README.md');

/** A value of the chart with a description, which includes the values below it. */
export interface ValueDescription {
  /** As in `helm --set`, for instance service.port. */
  readonly path: string;
  readonly description: string;
  readonly defaultValue: unknown;
}

/** Reads the descriptions in values.yaml: comments that begin with `# --` above a key. */
export function readValueDescriptions(): readonly ValueDescription[] {
  const text = readFileSync(join(CHART, 'values.yaml'), 'utf8');
  const defaults = load(text);
  const path: string[] = [];
  const described: ValueDescription[] = [];
  let description: string | undefined;
  for (const line of text.split('\n')) {
    const comment = /^ *# -- (?<comment>.+)$/u.exec(line)?.groups?.['comment'];
    const { indent = '', key } = /^(?<indent> *)(?<key>\w+):/u.exec(line)?.groups ?? {};
    if (comment !== undefined) {
      description = comment;
    } else if (key !== undefined) {
      path.splice(indent.length / 2, Infinity, key);
      if (description !== undefined)
        described.push({ path: path.join('.'), description, defaultValue: at(defaults, path) });
      description = undefined;
    }
  }
  return described;
}

/** Renders the chart's README with the current table of its values; throws if the markers are missing. */
export function renderValuesReference(readme: string, values: readonly ValueDescription[]): string {
  const [before, rest] = readme.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  if (before === undefined || after === undefined)
    throw new Error(`the README needs the lines "${BEGIN}" and "${END}", in this order`);
  const rows = values.map(({ path, description, defaultValue }) =>
    [`\`${path}\``, `\`${JSON.stringify(defaultValue)}\``, description]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return `${before}${BEGIN}

| value | default | meaning |
|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

${END}${after}`;
}

function at(value: unknown, path: readonly string[]): unknown {
  // SAFETY: the path comes from the same text, so each part but the last is an object.
  return path.reduce((parent, key) => (parent as Readonly<Record<string, unknown>>)[key], value);
}

if (import.meta.main) {
  const readme = readFileSync(VALUES_REFERENCE_FILE, 'utf8');
  writeFileSync(VALUES_REFERENCE_FILE, renderValuesReference(readme, readValueDescriptions()));
}
