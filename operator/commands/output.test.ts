import { describe, expect, it } from '@jest/globals';
import { hasColors } from './output.ts';
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
