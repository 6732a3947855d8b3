import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { ensureGo, goEnvironment } from './go.ts';
import type { ToolModule } from './catalog.ts';
import { moduleDirectory } from './go-module.ts';
import { toolsDirectory } from './tools-directory.ts';

/** A directory in a Go module that a module in tools/ pins. */
export interface ModulePart {
  readonly pinnedBy: ToolModule;
  readonly modulePath: string;
  /** The path of the directory. */
  readonly part: string;
}

/** Copies a directory of a Go module unless that is done, and returns the path of the copy. */
export async function ensureModuleFiles(
  { pinnedBy, modulePath, part }: ModulePart,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const directory = join(toolsDirectory(pinnedBy), 'files', modulePath.replaceAll('/', '-'), part);
  if (existsSync(directory)) return directory;
  const source = join(await downloadModule(pinnedBy, modulePath, log, signal), part);
  await mkdir(dirname(directory), { recursive: true });
  const staging = await mkdtemp(join(toolsDirectory(pinnedBy), `.building-${process.pid}-`));
  try {
    // Without the read-only modes of Go's module cache, which make a copy hard to delete.
    const copy = join(staging, 'copy');
    await runCommand(['cp', '-r', '--no-preserve=mode', source, copy], {}, signal);
    await rename(copy, directory).catch((error: unknown) => {
      // Another process may have created the same copy.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return directory;
}

async function downloadModule(
  pinnedBy: ToolModule,
  modulePath: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const go = await ensureGo(pinnedBy, log, signal);
  const options = { cwd: moduleDirectory(pinnedBy), env: goEnvironment() };
  const answer = await runCommand([go, 'mod', 'download', '-json', modulePath], options, signal);
  return (JSON.parse(answer) as { readonly Dir: string }).Dir; // `go help mod download` documents this format.
}
