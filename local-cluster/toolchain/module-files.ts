import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { goEnvironment } from './go.ts';
import { MODULE_DIRECTORY } from './go-module.ts';
import { toolsDirectory } from './tools-directory.ts';

/** Gives a directory with a copy of a part of a Go module that tools/go.mod pins. */
export async function ensureModuleFiles(modulePath: string, part: string, signal?: AbortSignal): Promise<string> {
  const directory = join(toolsDirectory(), 'files', modulePath.replaceAll('/', '-'), part);
  if (existsSync(directory)) return directory;
  const options = { cwd: MODULE_DIRECTORY, env: goEnvironment() };
  const source = await runCommand(['go', 'list', '-m', '-f', '{{.Dir}}', modulePath], options, signal);
  await mkdir(dirname(directory), { recursive: true });
  const staging = await mkdtemp(join(toolsDirectory(), '.copying-'));
  try {
    // The files of Go's module cache are read-only, and a copy that is would be hard to delete.
    const copy = join(staging, 'copy');
    await runCommand(['cp', '-r', '--no-preserve=mode', join(source.trim(), part), copy], {}, signal);
    await rename(copy, directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return directory;
}
