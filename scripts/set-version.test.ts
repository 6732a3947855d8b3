import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setVersion, VERSIONED_FILES } from './set-version.ts';

const ROOT = join(import.meta.dirname, '..');
const CRD = 'crds/temperatureconverters.yaml';
const RELEASED_CRD = 'crds/last-release/temperatureconverters.yaml';
const VERSION = '23.4.5';

let copy: string;
const read = (file: string): string => readFileSync(join(copy, file), 'utf8');
const write = (file: string, text: string): void => writeFileSync(join(copy, file), text);

/** A copy of the sources, of which package.json has the next version, as when npm runs the script. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'set-version-'));
  for (const file of [...VERSIONED_FILES, CRD, RELEASED_CRD]) cpSync(join(ROOT, file), join(copy, file));
  write('package.json', JSON.stringify({ version: VERSION }));
  write('CHANGELOG.md', `# Changelog\n\n## ${VERSION}\n\n- A change.\n`);
  // The tests compare with this definition, whatever the last release has.
  write(RELEASED_CRD, read(CRD));
});

afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

function tightenRule(): void {
  const text = read(CRD);
  const stricter = text.replace(/(?<before>\n +maxReplicas:\n(?:.+\n)*? +maximum: )\d+/u, '$<before>4');
  expect(stricter).not.toBe(text);
  write(CRD, stricter);
}

describe('npm version', () => {
  it('writes the version everywhere, and keeps the definition for the comparison with later versions', () => {
    write(CRD, `${read(CRD)}# changed\n`);
    setVersion(copy);
    for (const file of VERSIONED_FILES) expect(read(file)).toContain(VERSION);
    expect(read(RELEASED_CRD)).toBe(read(CRD));
  });

  it('fails, and writes nothing, when a rule is stricter than in the last release and not announced', () => {
    tightenRule();
    const before = [...VERSIONED_FILES, RELEASED_CRD].map(read);
    expect(() => setVersion(copy)).toThrow(
      `in the section "## ${VERSION}":\n\n- Stricter rule: \`spec.autoscaling.maxReplicas\`: WHAT USERS MUST DO (maximum 4)`,
    );
    expect([...VERSIONED_FILES, RELEASED_CRD].map(read)).toEqual(before);
  });

  it('accepts a stricter rule that the section of the version announces', () => {
    tightenRule();
    write('CHANGELOG.md', `## ${VERSION}\n\n- Stricter rule: \`spec.autoscaling.maxReplicas\`: use at most 4.\n`);
    setVersion(copy);
    expect(read(RELEASED_CRD)).toBe(read(CRD));
  });
});
