import { realpathSync } from 'node:fs';
import { CommandFailedError, runCommand } from '../process/run-command.ts';
import type { ContextEntry } from './build-context.ts';

/** The shared libraries of a program, including the loader, at the paths that it loads. */
export async function librariesOf(program: string, root: string, signal?: AbortSignal): Promise<ContextEntry[]> {
  let listing: string;
  try {
    listing = await runCommand(['ldd', program], {}, signal);
  } catch (error) {
    if (error instanceof CommandFailedError && error.output.includes('not a dynamic executable')) return [];
    throw error;
  }
  return parseLdd(listing).map((path) => ({ path: `${root}${path}`, copyOf: realpathSync(path) }));
}

/** Parses the output of ldd; throws if a library is missing. */
export function parseLdd(listing: string): string[] {
  return listing.split('\n').flatMap((line) => {
    if (line.includes('not found')) throw new Error(`a shared library is missing: ${line.trim()}`);
    const path = /(?:=>\s+|^\s*)(\/\S+)\s+\(0x/u.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}
