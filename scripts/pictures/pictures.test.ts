import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PICTURES, ROOT } from './pictures.ts';
import { LIGHT } from './theme.ts';

/** The text of a file of the repository. */
function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the pictures', () => {
  it.each(Object.entries(PICTURES))(
    '%s is current: run `npm run pictures` after a change of its source',
    async (path, render) => {
      expect(readText(path)).toBe(await render());
    },
  );

  it('are all made by the command', () => {
    const stored = globSync('{docs,bench}/**/*.svg', { cwd: ROOT, exclude: ['**/node_modules/**'] });
    expect(stored.toSorted()).toEqual(Object.keys(PICTURES).toSorted());
  });

  it.each(Object.keys(PICTURES))('%s is shown on a page', (path) => {
    const pages = globSync(['*.md', '{docs,bench,controller-runtime}/**/*.md'], {
      cwd: ROOT,
      exclude: ['**/node_modules/**'],
    });
    const shown = pages.flatMap((page) =>
      [...readText(page).matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, link = '']) => join(dirname(page), link)),
    );
    expect(shown).toContain(path);
  });

  it.each(Object.keys(PICTURES))('%s is well-formed, has a title, and only colors that have a dark one', (path) => {
    const svg = readText(path);
    expect(svg).toMatch(/^<svg role="img"[^>]*><title>[^<]+<\/title><style>@media \(prefers-color-scheme:dark\)/);
    expect(unclosedElements(svg)).toEqual([]);
    const colors = [...svg.matchAll(/ (?:fill|stroke)="([^"]+)"/g)].map(([, color = '']) => color);
    const known = new Set<string>([...Object.values(LIGHT), 'none', 'transparent']);
    expect(colors.filter((color) => !known.has(color))).toEqual([]);
  });

  it.each(Object.keys(PICTURES))('%s loads nothing from elsewhere', (path) => {
    expect(readText(path)).not.toMatch(/<script|<image|href=|url\(|@import/);
  });
});

describe('the drawing of the packages', () => {
  it('has the layers of controller-runtime in the order that lint enforces', () => {
    const dot = readText('docs/pictures/packages.dot');
    const drawn = [...dot.matchAll(/<td align="left">([a-z-]+)\/<\/td>/g)].map(([, name = '']) => name);
    const rules = readText('.oxlintrc.json').matchAll(/"([a-z-]+)\/ imports only what is below it/g);
    const belowManager = [...rules].map(([, name = '']) => name).toReversed();
    expect(drawn).toEqual(['manager', ...belowManager]);
  });
});

/** The names of elements without an end, and of ends without an element. */
function unclosedElements(svg: string): readonly string[] {
  const open: string[] = [];
  for (const [tag, end, name = '', selfClosing] of svg.matchAll(/<(\/?)([a-z]+)(?:"[^"]*"|[^">])*?(\/?)>/gi)) {
    if (selfClosing === '/') continue;
    if (end === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, tag];
  }
  return open;
}
