import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import type { ToolModule } from './catalog.ts';
import { buildFingerprint } from './go-module.ts';

/** The directory of the programs that are built from the current sources of a module. */
export function toolsDirectory(module: ToolModule): string {
  return join(cacheDirectory(), 'tools', buildFingerprint(module));
}
