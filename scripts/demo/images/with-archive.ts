import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.ts';

/** Saves an image into a temporary archive, passes its path to `use`, and removes it. */
export async function withArchive(
  engine: ContainerEngine,
  reference: string,
  use: (path: string) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'temperature-converter-'));
  try {
    const path = join(directory, 'image.tar');
    await engine.save(reference, path, signal);
    await use(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
