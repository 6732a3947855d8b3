import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { programDirectories } from '../process/system-path.ts';

/** Finds a program on the PATH or in the system directories; undefined if it is not installed. */
export function findProgram(name: string): string | undefined {
  return findFile(name, programDirectories(process.env));
}

/** Finds an executable file in the first directory that has it. */
export function findFile(name: string, directories: readonly string[]): string | undefined {
  return directories
    .filter((directory) => isAbsolute(directory))
    .flatMap((directory) => fileNames(name).map((fileName) => join(directory, fileName)))
    .find((path) => isExecutable(path));
}

/** The names of the file of a program: on Windows, with the extensions that the shell tries. */
export function fileNames(name: string, platform = process.platform): readonly string[] {
  return platform === 'win32' ? ['.exe', '.com'].map((extension) => `${name}${extension}`) : [name];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
