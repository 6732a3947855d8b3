import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REGISTRIES_DIRECTORY } from './containerd.ts';

/** Lets the nodes of a cluster pull from a registry, HOST:PORT, without TLS; containerd expects TLS otherwise. */
export async function allowPlainRegistry(stateDirectory: string, registry: string): Promise<void> {
  const directory = join(stateDirectory, REGISTRIES_DIRECTORY, registry);
  await mkdir(directory, { recursive: true });
  const settings = `server = "http://${registry}"\n\n[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`;
  await writeFile(join(directory, 'hosts.toml'), settings);
}
