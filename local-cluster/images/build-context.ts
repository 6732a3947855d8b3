import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** An entry of a build context: a copy of a file, a text, a symbolic link, or an empty directory. */
export type ContextEntry =
  | { readonly path: string; readonly copyOf: string }
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly linkTo: string }
  | { readonly path: string; readonly directoryMode: number };

/** All inputs of an image build. */
export interface BuildContext {
  readonly dockerfile: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly entries: readonly ContextEntry[];
}

/** The entries for a file, or for all files below a directory, at their paths in `base`, below the directory `into`. */
export function entriesBelow(base: string, path: string, into = ''): ContextEntry[] {
  return listFiles(join(base, path))
    .map((file) => ({ path: join(into, relative(base, file)), copyOf: file }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** The digest of a context, which identifies the image. */
export async function fingerprintOf(context: BuildContext): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([context.dockerfile, context.buildArguments]));
  for (const entry of context.entries) {
    if ('copyOf' in entry) {
      const { mode } = await stat(entry.copyOf);
      hash.update(JSON.stringify([entry.path, isExecutable(mode)])).update(await readFile(entry.copyOf));
    } else {
      hash.update(JSON.stringify(entry));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Writes a context into an empty directory, with modes that do not depend on the umask. */
export async function writeContext(context: BuildContext, directory: string): Promise<void> {
  await writeFile(join(directory, 'Dockerfile'), context.dockerfile);
  for (const entry of context.entries) {
    const path = join(directory, entry.path);
    await makeParents(directory, dirname(path));
    await writeEntry(entry, path);
  }
}

async function writeEntry(entry: ContextEntry, path: string): Promise<void> {
  if ('copyOf' in entry) {
    await copyFile(entry.copyOf, path);
    await chmod(path, isExecutable((await stat(entry.copyOf)).mode) ? 0o755 : 0o644);
  } else if ('text' in entry) {
    await writeFile(path, entry.text);
    await chmod(path, 0o644);
  } else if ('linkTo' in entry) {
    await symlink(entry.linkTo, path);
  } else {
    await mkdir(path, { recursive: true });
    await chmod(path, entry.directoryMode);
  }
}

async function makeParents(root: string, directory: string): Promise<void> {
  if (!directory.startsWith(`${root}/`) || existsSync(directory)) return;
  await makeParents(root, dirname(directory));
  await mkdir(directory);
  await chmod(directory, 0o755);
}

function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0;
}

function listFiles(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path];
    throw error;
  }
}
