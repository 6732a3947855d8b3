import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where administrators' programs are, which the PATH of other users often leaves out. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Finds a program on the PATH, or among the system's own; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return findFile(name, [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_DIRECTORIES]);
}

/** Finds an executable file in the first of some directories that has it. */
export function findFile(name: string, directories: readonly string[]): string | undefined {
  return directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, name))
    .find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
