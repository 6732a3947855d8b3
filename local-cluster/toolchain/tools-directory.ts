import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import { buildFingerprint } from './go-module.ts';

/** Where the programs that are built from the present sources are kept. */
export function toolsDirectory(): string {
  return join(cacheDirectory(), 'tools', buildFingerprint());
}
