import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailedError, runCommand } from '../../local-cluster/process/run-command.ts';

/** kubectl for one cluster. */
export interface Kubectl {
  /** Runs kubectl and returns its output; rejects with a CommandFailedError. */
  (...args: readonly string[]): Promise<string>;
  /** Runs `kubectl get ... -o json` and returns the parsed output. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** Applies a manifest in a namespace. */
  apply(namespace: string, manifest: object): Promise<string>;
  /** Applies an invalid manifest and returns the error output of kubectl. */
  applyError(namespace: string, manifest: object): Promise<string>;
}

/** Creates a Kubectl from a binary and a kubeconfig. */
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
    // SAFETY: the caller names the type of the object.
    json: async <T>(...args: readonly string[]) => JSON.parse(await kubectl('get', ...args, '-o', 'json')) as T,
    apply,
    applyError: async (namespace: string, manifest: object) => {
      try {
        await apply(namespace, manifest);
      } catch (error) {
        if (error instanceof CommandFailedError) return error.output;
        throw error;
      }
      throw new Error('kubectl applied the manifest; expected an error');
    },
  });
}
