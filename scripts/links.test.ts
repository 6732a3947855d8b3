import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(
  ['*.md', 'docs/**/*.md', 'helm/*.md', 'local-cluster/*.md', 'controller-runtime/**/*.md', 'bench/**/README.md'],
  { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**'] },
).toSorted();

/** The target of each relative link outside of code blocks, without its fragment. */
function relativeLinksOf(markdown: string): readonly string[] {
  const text = markdown.replaceAll(/^( *)```.*?^\1```$/gmsu, '');
  return [...text.matchAll(/\]\((?<target>[^)\s]+)\)/gu)]
    .map(({ groups }) => groups?.['target'] ?? '')
    .filter((target) => !/^(?:[a-z]+:|#)/u.test(target))
    .map((target) => target.replace(/#.*/u, ''));
}

/** The paths in the concept-to-file map: what is in backticks in the last column. */
function mappedPathsOf(markdown: string): readonly string[] {
  const [, map = ''] = markdown.split('## Where each concept is');
  const cells = map.split('\n').map((row) => row.split('|')[2] ?? '');
  return [...cells.join('\n').matchAll(/`(?<path>[^`]+)`/gu)].map(({ groups }) => groups?.['path'] ?? '');
}

describe('the documentation', () => {
  it.each(PAGES)('%s has no broken relative link', (page) => {
    const links = relativeLinksOf(readFileSync(join(ROOT, page), 'utf8'));
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it('is checked on every page', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/decisions/README.md']));
  });

  it('maps each concept to a file that exists', () => {
    const paths = mappedPathsOf(readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'));
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
