import { homedir } from 'node:os';
import { join } from 'node:path';

/** The cache of built tools and images. Safe to delete while no build runs. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'] ?? '';
  // The XDG specification ignores relative paths.
  return join(base.startsWith('/') ? base : join(homedir(), '.cache'), 'temperature-converter-operator');
}
