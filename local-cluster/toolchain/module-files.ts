import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { ensureGo, goEnvironment } from './go.ts';
import type { ToolModule } from './catalog.ts';
import { moduleDirectory } from './go-module.ts';
import { toolsDirectory } from './tools-directory.ts';

/** A part of a Go module, which a module of tools pins. */
export interface ModulePart {
  readonly pinnedBy: ToolModule;
  readonly modulePath: string;
  /** A directory of it. */
  readonly part: string;
}

/** Gives a directory with a copy of a part of a Go module. */
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
    // The files of Go's module cache are read-only, and a copy that is would be hard to delete.
    const copy = join(staging, 'copy');
    await runCommand(['cp', '-r', '--no-preserve=mode', source, copy], {}, signal);
    await rename(copy, directory).catch((error: unknown) => {
      // Somebody else made the same copy meanwhile.
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
  return (JSON.parse(answer) as { readonly Dir: string }).Dir; // The form is documented by `go help mod download`.
}
