import { join } from 'node:path';
import { withTemporaryDirectory } from '../temporary-directory.ts';
import type { ContainerEngine } from './container-engine.ts';

/** Saves an image into a temporary archive, passes its path to `use`, and removes it. */
export function withArchive(
  engine: ContainerEngine,
  reference: string,
  use: (path: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  return withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'image.tar');
    await engine.save(reference, path, signal);
    await use(path);
  });
}
