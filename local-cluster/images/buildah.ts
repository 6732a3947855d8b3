import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { cacheDirectory } from '../toolchain/cache-directory.ts';

/** Where built images and the layers that later builds start from are kept; not the storage of other tools of the host. */
export function imageCacheDirectory(): string {
  return join(cacheDirectory(), 'images');
}

/** Runs buildah on the storage of this product, with a storage driver that works on every file system but another overlay. */
export async function buildah(
  argv: readonly string[],
  options: BuildahOptions = {},
  signal?: AbortSignal,
): Promise<string> {
  const directory = imageCacheDirectory();
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { recursive: true });
  const storage = ['--root', join(directory, 'storage'), '--runroot', join(directory, 'run')];
  return runCommand(
    ['buildah', ...storage, ...argv],
    {
      env: { ...process.env, TMPDIR: temporary, BUILDAH_ISOLATION: 'chroot' },
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
    },
    signal,
  );
}

/** What to do with each line that buildah writes to its standard error. */
export interface BuildahOptions {
  readonly onLine?: (line: string) => void;
}
