import { describe, expect, it } from '@jest/globals';
import { paintForTerminal, paintNothing } from './styles.ts';
import { formatTable } from './table.ts';

const WIDE = { width: Number.POSITIVE_INFINITY, paint: paintNothing };
const HEADER = ['TYPE', 'STATUS', 'MESSAGE'];
const MESSAGE = 'The rollout is in progress; the previous version still serves.';

describe('formatTable', () => {
  it('aligns the columns and does not wrap without a width', () => {
    const rows = [
      ['Ready', 'True', MESSAGE],
      ['Reconciled', 'False', ''],
    ];
    expect(formatTable(HEADER, rows, WIDE)).toEqual([
      'TYPE        STATUS  MESSAGE',
      `Ready       True    ${MESSAGE}`,
      'Reconciled  False',
    ]);
  });

  it('wraps the last column', () => {
    expect(formatTable(HEADER, [['Ready', 'True', MESSAGE]], { ...WIDE, width: 50 })).toEqual([
      'TYPE   STATUS  MESSAGE',
      'Ready  True    The rollout is in progress; the',
      '               previous version still serves.',
    ]);
  });

  it('puts the texts of the last column below where little width is left', () => {
    expect(formatTable(HEADER, [['Ready', 'True', MESSAGE]], { ...WIDE, width: 40 })).toEqual([
      'TYPE   STATUS',
      'Ready  True',
      '    The rollout is in progress; the',
      '    previous version still serves.',
    ]);
  });

  it('puts the first column on a line of its own where the others do not fit beside it', () => {
    const name = 'x'.repeat(30);
    expect(formatTable(HEADER, [[name, 'True', MESSAGE]], { ...WIDE, width: 34 })).toEqual([
      'TYPE',
      '    STATUS',
      name,
      '    True',
      '        The rollout is in',
      '        progress; the previous',
      '        version still serves.',
    ]);
  });

  it('keeps every line within the width', () => {
    const word = 'registry.example.com/'.repeat(10);
    for (let width = 20; width < 120; width += 1) {
      const lines = formatTable(HEADER, [['Ready', 'True', `${MESSAGE} ${word}`]], { ...WIDE, width });
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });

  it('aligns by the visible characters when it paints', () => {
    const [, first, second] = formatTable(
      HEADER,
      [
        ['Ready', { text: 'True', style: 'good' }, 'A'],
        ['Stalled', 'Unknown', 'B'],
      ],
      { ...WIDE, paint: paintForTerminal },
    );
    expect(first).toBe('Ready    \u001B[32mTrue\u001B[39m     A');
    expect(second).toBe('Stalled  Unknown  B');
  });

  it('shows control characters of a message instead of sending them to the terminal', () => {
    const [, row] = formatTable(HEADER, [['Ready', 'True', 'a\u001B[2J\nb\u202Ec']], WIDE);
    expect(row).toBe('Ready  True    a\u{FFFD}[2J b\u{FFFD}c');
  });
});
