import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import type { ToolModule } from './catalog.ts';
import { buildFingerprint } from './go-module.ts';

/** Where the programs that are built from the present sources of a module are kept. */
export function toolsDirectory(module: ToolModule): string {
  return join(cacheDirectory(), 'tools', buildFingerprint(module));
}
