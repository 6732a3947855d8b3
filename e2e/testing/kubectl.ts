import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailedError, runCommand } from '../../local-cluster/process/run-command.ts';

/** kubectl against one cluster, as a user would type it. */
export interface Kubectl {
  /** Runs kubectl and gives what it printed; rejects with a CommandFailedError. */
  (...args: readonly string[]): Promise<string>;
  /** Runs `kubectl get ... -o json` and gives what it printed, parsed. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** Applies a manifest, in that namespace. */
  apply(namespace: string, manifest: object): Promise<string>;
  /** Applies a manifest that must be refused, and gives kubectl's words. */
  refusal(namespace: string, manifest: object): Promise<string>;
}

/** Makes a kubectl of that binary for that cluster. */
export function createKubectl(binary: string, kubeconfigPath: string): Kubectl {
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const kubectl = (...args: readonly string[]): Promise<string> => runCommand([binary, ...args], { env });
  const apply = async (namespace: string, manifest: object): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), 'manifest-'));
    try {
      const file = join(directory, 'manifest.json');
      await writeFile(file, JSON.stringify(manifest));
      return await kubectl('apply', '-n', namespace, '-f', file);
    } finally {
      await rm(directory, { recursive: true });
    }
  };
  return Object.assign(kubectl, {
    // SAFETY: the caller names the type of what it asks for.
    json: async <T>(...args: readonly string[]) => JSON.parse(await kubectl('get', ...args, '-o', 'json')) as T,
    apply,
    refusal: async (namespace: string, manifest: object) => {
      try {
        await apply(namespace, manifest);
      } catch (error) {
        if (error instanceof CommandFailedError) return error.output;
        throw error;
      }
      throw new Error('the manifest was accepted, though it must be refused');
    },
  });
}
