import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { VERSION_INDEPENDENT } from './version-independent.ts';

it.each(Object.entries(VERSION_INDEPENDENT))('%s is an integration test, with a reason', (file, reason) => {
  expect(file).toMatch(/\.integration\.test\.ts$/u);
  expect(existsSync(join(import.meta.dirname, '..', file))).toBe(true);
  expect(reason).not.toBe('');
});
