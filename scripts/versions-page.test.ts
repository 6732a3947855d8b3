import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { renderVersionsPage, untestedVersion, type VersionResult } from './versions-page.ts';

const OLD: VersionResult = {
  minor: '1.9',
  version: 'v1.9.3',
  tally: { passed: 10, failed: 2 },
  features: { streamsLists: false, ratchetsRules: false, mutatesByPolicy: false },
};
const NEW: VersionResult = {
  minor: '1.10',
  version: 'v1.10.0',
  tally: { passed: 12, failed: 0 },
  features: { streamsLists: true, ratchetsRules: true, mutatesByPolicy: true },
};

function rowsOf(page: string): readonly string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| v'))
    .map((line) => line.replaceAll(/ +/gu, ' '));
}

describe('docs/versions.md', () => {
  it('is as it is rendered', () => {
    const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'versions.md'), 'utf8');
    expect(page).toBe(renderVersionsPage([], page));
  });

  it('says that only an update of the status checks rules for fields that did not change', () => {
    const page = renderVersionsPage([NEW, OLD], '');
    expect(page).toContain('| new CEL rules, on status updates |');
    expect(page).toContain('unchanged\n  fields of a stored resource when its status is updated');
  });

  it('has a row for each version, the oldest first', () => {
    expect(rowsOf(renderVersionsPage([NEW, OLD], ''))).toEqual([
      '| v1.9.3 | 10 | 2 | in pages | apply to all fields | no |',
      '| v1.10.0 | 12 | 0 | streamed | apply to changed fields | yes |',
    ]);
  });

  it('keeps the rows of versions that did not run, and replaces the others', () => {
    const earlier = renderVersionsPage([NEW, OLD], '');
    const patched = { ...OLD, version: 'v1.9.4', tally: { passed: 10, failed: 0, problem: 'the runner failed' } };
    expect(rowsOf(renderVersionsPage([patched], earlier))).toEqual([
      '| v1.9.4 | 10 | 0 (the runner failed) | in pages | apply to all fields | no |',
      '| v1.10.0 | 12 | 0 | streamed | apply to changed fields | yes |',
    ]);
    expect(renderVersionsPage([], earlier)).toBe(earlier);
  });

  it('replaces the result of a version that can no longer be built or started', () => {
    const earlier = renderVersionsPage([NEW, OLD], '');
    expect(rowsOf(renderVersionsPage([untestedVersion(OLD)], earlier))).toEqual([
      '| v1.9.3 | 0 | 0 (could not be tested) | unknown | unknown | unknown |',
      '| v1.10.0 | 12 | 0 | streamed | apply to changed fields | yes |',
    ]);
  });

  it('keeps the result of a version whose tests did not run, but not of another patch version', () => {
    const earlier = renderVersionsPage([NEW, OLD], '');
    const asked = [
      { ...OLD, tally: undefined },
      { ...NEW, tally: undefined },
    ];
    expect(renderVersionsPage(asked, earlier)).toBe(earlier);
    expect(rowsOf(renderVersionsPage([{ ...OLD, version: 'v1.9.4', tally: undefined }], earlier))[0]).toBe(
      '| v1.9.4 | not run | | in pages | apply to all fields | no |',
    );
  });
});
