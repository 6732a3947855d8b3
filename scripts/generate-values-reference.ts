import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

const CHART = join(import.meta.dirname, '../helm');
const BEGIN = '<!-- Generated from values.yaml by `npm run docs`. -->';
const END = '<!-- End of what is generated. -->';

/** Where the reference is kept: a part of the chart's README. */
export const VALUES_REFERENCE_FILE = join(CHART, 'README.md');

/** A value of the chart that is described, with all that is below it. */
export interface ValueDescription {
  /** As `helm --set` takes it: service.port. */
  readonly path: string;
  readonly description: string;
  readonly defaultValue: unknown;
}

/** Reads the values that the chart's values.yaml describes, each by a comment that begins with `# --` above its key. */
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

/** Gives the chart's README with the table of its values as they are now. */
export function renderValuesReference(readme: string, values: readonly ValueDescription[]): string {
  const [before, rest] = readme.split(BEGIN);
  const [, after] = (rest ?? '').split(END);
  if (before === undefined || after === undefined)
    throw new Error(`the README has no "${BEGIN}" and "${END}" after it`);
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
  // SAFETY: the path was read from the same text, so that each part but the last leads to an object.
  return path.reduce((parent, key) => (parent as Readonly<Record<string, unknown>>)[key], value);
}

if (import.meta.main) {
  const readme = readFileSync(VALUES_REFERENCE_FILE, 'utf8');
  writeFileSync(VALUES_REFERENCE_FILE, renderValuesReference(readme, readValueDescriptions()));
}
