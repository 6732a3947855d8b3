import { homedir } from 'node:os';
import { join } from 'node:path';

/** The directory for what can be made again: built tools and images. Safe to delete whenever nothing is being built. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'] ?? '';
  // The XDG specification has relative paths ignored.
  return join(base.startsWith('/') ? base : join(homedir(), '.cache'), 'temperature-converter-operator');
}
