import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, type RunOptions } from '../../local-cluster/process/run-command.ts';
import { withTemporaryDirectory } from './temporary-directory.ts';

/** The directory of the chart and the samples, in which kubectl and Helm run. */
const REPOSITORY = join(import.meta.dirname, '..', '..');

/** kubectl and Helm for one cluster. */
export interface ClusterAccess {
  /** Runs kubectl and returns its output. */
  readonly kubectl: (args: readonly string[], signal?: AbortSignal) => Promise<string>;
  /** Runs `kubectl get … -o json` and returns the parsed output. */
  readonly get: <T>(args: readonly string[], signal?: AbortSignal) => Promise<T>;
  /** Creates an object with `kubectl create`. */
  readonly create: (manifest: object, signal?: AbortSignal) => Promise<void>;
  /** Runs Helm and returns its output. */
  readonly helm: (args: readonly string[], signal?: AbortSignal) => Promise<string>;
}

/** The programs, and what selects the cluster: a kubeconfig, a context, both, or the user's own settings. */
export interface ClusterAccessOptions {
  readonly kubectl: string;
  readonly helm: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Creates the access to a cluster. */
export function createClusterAccess({ kubectl, helm, kubeconfig, context }: ClusterAccessOptions): ClusterAccess {
  const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
  const options: RunOptions = { cwd: REPOSITORY, env };
  const kubectlContext = context === undefined ? [] : ['--context', context];
  const helmContext = context === undefined ? [] : ['--kube-context', context];
  const run = (args: readonly string[], signal?: AbortSignal): Promise<string> =>
    runCommand([kubectl, ...kubectlContext, ...args], options, signal);
  return {
    kubectl: run,
    // SAFETY: the caller names the type of the object.
    get: async <T>(args: readonly string[], signal?: AbortSignal) =>
      JSON.parse(await run(['get', ...args, '-o', 'json'], signal)) as T,
    create: (manifest, signal) =>
      withTemporaryDirectory(async (directory) => {
        const file = join(directory, 'manifest.json');
        await writeFile(file, JSON.stringify(manifest));
        await run(['create', '-f', file], signal);
      }),
    helm: (args, signal) => runCommand([helm, ...helmContext, ...args], options, signal),
  };
}
