import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';

/**
 * Loads the files of the variable KUBECONFIG and merges them like kubectl: a file that does not exist is skipped, and of
 * several entries of one name, or several current contexts, the first one counts. Throws an Error that names a file that
 * cannot be read or is invalid.
 */
export function mergeKubeconfigFiles(files: readonly string[]): KubeConfig {
  // The library rejects two entries of one name, and takes the last current context.
  const configs = files.filter((file) => existsSync(file)).map(readKubeconfigFile);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(configs.map((config) => config.getClusters())),
    users: firstOfEachName(configs.map((config) => config.getUsers())),
    contexts: firstOfEachName(configs.map((config) => config.getContexts())),
    currentContext: configs
      .map((config) => config.getCurrentContext())
      .find((name) => name !== undefined && name !== ''),
  });
  return merged;
}

/** Loads one kubeconfig file; throws an Error that names the file if it cannot be read or is invalid. */
export function readKubeconfigFile(file: string): KubeConfig {
  return parse(file, readFileSync(file, 'utf8'));
}

function parse(file: string, text: string): KubeConfig {
  const config = new KubeConfig();
  // kubectl takes an empty file, which the library does not.
  if (text.trim() === '') return config;
  try {
    config.loadFromString(text);
  } catch (error) {
    throw new Error(`cannot read the kubeconfig ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  config.makePathsAbsolute(dirname(file));
  return config;
}

function firstOfEachName<T extends { readonly name: string }>(lists: readonly (readonly T[])[]): T[] {
  const byName = new Map<string, T>();
  for (const entry of lists.flat()) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  return [...byName.values()];
}
