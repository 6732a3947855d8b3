import { describe, expect, it } from '@jest/globals';
import { BuildProgress, formatDuration } from './build-progress.ts';

describe('BuildProgress', () => {
  it('counts the packages in the output of Go, and shows the latest', () => {
    const progress = new BuildProgress(4, 1000);
    expect(progress.compiled('go.uber.org/zap')).toBe(true);
    expect(progress.describe(9000)).toBe('compiled 1 of 4 packages, 25 % (8 s): go.uber.org/zap');
  });

  it.each(['go: downloading k8s.io/api v0.37.2', '# k8s.io/api', 'main.go:3:2: undefined: x', ''])(
    'does not count %j as a package',
    (line) => {
      expect(new BuildProgress(1, 0).compiled(line)).toBe(false);
    },
  );

  it('shows that it links once all packages are compiled, or if none must be', () => {
    const progress = new BuildProgress(1, 0);
    progress.compiled('fmt');
    expect(progress.describe(1000)).toBe('linking (1 s)');
    expect(new BuildProgress(0, 0).describe(1000)).toBe('linking (1 s)');
  });
});

describe('formatDuration', () => {
  it.each([
    [400, '0 s'],
    [59_499, '59 s'],
    [60_000, '1 min 00 s'],
    [725_000, '12 min 05 s'],
  ])('%d ms is %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });
});
