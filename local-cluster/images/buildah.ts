import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { cacheDirectory } from '../toolchain/cache-directory.ts';

/** The directory of built images and layers, separate from the storage of other tools. */
export function imageCacheDirectory(): string {
  return join(cacheDirectory(), 'images');
}

/**
 * Runs buildah with its own storage, in its own mount namespace and with its own runtime state, so that even a killed build
 * leaves no mount behind.
 */
export async function buildah(
  argv: readonly string[],
  signal?: AbortSignal,
  onLine?: (line: string) => void,
): Promise<string> {
  const directory = imageCacheDirectory();
  const [temporary, run] = [join(directory, 'tmp'), join(directory, 'run')];
  await mkdir(temporary, { recursive: true });
  await mkdir(run, { recursive: true });
  const storage = ['--root', join(directory, 'storage'), '--runroot', run];
  return runCommand(
    ['unshare', '--mount', '--', 'sh', '-c', MOUNT_SCRIPT, 'sh', run, 'buildah', ...storage, ...argv],
    { env: { ...process.env, TMPDIR: temporary }, ...(onLine === undefined ? {} : { onLine }) },
    signal,
  );
}

const MOUNT_SCRIPT = 'mount -n -t tmpfs -o mode=0700 build-run "$1" && shift && exec "$@"';
