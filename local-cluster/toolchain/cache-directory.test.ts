import { homedir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { cacheDirectory } from './cache-directory.ts';

describe('cacheDirectory', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/caches' }, '/caches/temperature-converter-operator'],
    [{ XDG_CACHE_HOME: 'relative' }, `${homedir()}/.cache/temperature-converter-operator`],
    [{}, `${homedir()}/.cache/temperature-converter-operator`],
  ])('with %j is %s', (environment, expected) => {
    expect(cacheDirectory(environment)).toBe(expected);
  });
});
