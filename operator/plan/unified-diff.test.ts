import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property } from 'fast-check';
import { unifiedDiff } from './unified-diff.ts';

const noHeading = (): string => '';

/** Applies a unified diff, as `patch` does. */
function applyDiff(before: readonly string[], diff: string): readonly string[] {
  const result: string[] = [];
  let next = 0;
  for (const line of diff.split('\n').slice(0, -1)) {
    const start = /^@@ -(\d+),(\d+) /.exec(line);
    if (start !== null) {
      const at = Number(start[2]) === 0 ? Number(start[1]) : Number(start[1]) - 1;
      result.push(...before.slice(next, at));
      next = at;
      continue;
    }
    if (!line.startsWith('+')) {
      expect(before[next]).toBe(line.slice(1));
      next += 1;
    }
    if (!line.startsWith('-')) result.push(line.slice(1));
  }
  return [...result, ...before.slice(next)];
}

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff('a\nb\n', 'a\nb\n', noHeading)).toBe('');
  });

  it('shows three lines around each change, and its heading', () => {
    const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n';
    expect(unifiedDiff(before, before.replace('5', 'five'), (_lines, index) => `line ${index}`)).toBe(
      '@@ -2,7 +2,7 @@ line 4\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
    );
  });

  it('separates changes that are far from each other', () => {
    const before = Array.from({ length: 20 }, (_, index) => `${index}\n`).join('');
    const after = before.replace('2\n', 'x\n').replace('\n17\n', '\n');
    expect(unifiedDiff(before, after, noHeading).match(/^@@/gm)).toHaveLength(2);
  });

  it('starts a created text at line 0', () => {
    expect(unifiedDiff('', 'a\n', noHeading)).toBe('@@ -0,0 +1,1 @@\n+a\n');
  });

  it.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    'can be applied if changes are %i lines apart',
    (distance) => {
      const before = Array.from({ length: 30 }, (_, index) => `line ${index}`);
      const after = before.map((line, index) => (index === 10 || index === 10 + distance ? `${line} changed` : line));
      const diff = unifiedDiff(before.join('\n'), after.join('\n'), noHeading);
      expect(applyDiff(before, diff)).toEqual(after);
      expect(diff.match(/^@@/gm)).toHaveLength(distance > 7 ? 2 : 1);
    },
  );

  it('gives the second text when applied to the first', () => {
    const text = array(constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
    assert(
      property(text, text, (before, after) => {
        const diff = unifiedDiff(
          before.map((line) => `${line}\n`).join(''),
          after.map((line) => `${line}\n`).join(''),
          noHeading,
        );
        expect(applyDiff(before, diff)).toEqual(after);
      }),
    );
  });
});
