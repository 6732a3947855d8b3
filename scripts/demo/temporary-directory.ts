import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Passes a new directory to `use`, and removes it afterwards, also if the process exits meanwhile. */
export async function withTemporaryDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'temperature-converter-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    return await use(directory);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
