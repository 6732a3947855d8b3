import { describe, expect, it } from '@jest/globals';
import { hasColors, outputOf } from './output.ts';
import { RecordedOutput } from './testing/recorded-output.ts';

describe('hasColors', () => {
  it.each([
    [true, {}, true],
    [true, { TERM: 'xterm-256color', NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: 'false' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('for a terminal (%s) with the variables %j is %s', (isTerminal, environment, expected) => {
    expect(hasColors(new RecordedOutput({ isTerminal }), environment)).toBe(expected);
  });
});

describe('outputOf', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };

  it('follows the size of a terminal', () => {
    const stdout = { ...stream, isTTY: true, columns: 100, rows: 30 };
    // SAFETY: the fields of a stream that are read.
    const output = outputOf({ stdout, stderr: stream } as never);
    expect([output.isTerminal, output.columns, output.rows]).toEqual([true, 100, 30]);
    Object.assign(stdout, { columns: 120, rows: 40 });
    expect([output.columns, output.rows]).toEqual([120, 40]);
  });

  it('assumes 80 columns where the size of a terminal is unknown', () => {
    const output = outputOf({ stdout: { ...stream, isTTY: true, columns: 0, rows: 0 }, stderr: stream } as never);
    expect([output.columns, output.rows]).toEqual([80, Number.POSITIVE_INFINITY]);
  });

  it('has no size without a terminal', () => {
    const output = outputOf({ stdout: { ...stream, isTTY: false }, stderr: stream } as never);
    expect([output.isTerminal, output.columns, output.rows]).toEqual([false, undefined, undefined]);
    output.out('a');
    output.err('b');
    expect(written).toEqual(['a', 'b']);
  });
});
