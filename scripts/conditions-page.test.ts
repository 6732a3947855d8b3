import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REASONS } from '../operator/domain/reasons.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/conditions.md'), 'utf8');

/** The reasons in the first column of the table below a heading. */
function documentedReasons(condition: string): readonly string[] {
  const [, section = ''] = PAGE.split(`\n## ${condition}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| `(\w+)`\s*\|/gm)].map(([, reason = '']) => reason);
}

describe('docs/conditions.md', () => {
  it.each(Object.entries(REASONS))('has every reason of %s, in its order, and no other', (condition, reasons) => {
    expect(documentedReasons(condition)).toEqual([...reasons]);
  });

  it('has every condition and no other', () => {
    const headings = [...PAGE.matchAll(/^## (\w+)$/gm)].map(([, heading = '']) => heading);
    expect(headings).toEqual([...Object.keys(REASONS), 'Events']);
  });
});
