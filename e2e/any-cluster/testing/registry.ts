import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCluster, type LocalCluster } from '../../../local-cluster/cluster.ts';
import { allowPlainRegistry } from '../../../local-cluster/node/registry-settings.ts';
import { type Daemon, ensureDaemon, stopDaemon, waitForDaemons } from '../../../local-cluster/process/daemon.ts';
import { ensureTools } from '../../../local-cluster/tools.ts';
import { findFreePort } from '../../neighbors/testing/neighbor-process.ts';

/** An index of images for several platforms (OCI image specification). */
export interface ImageIndex {
  readonly manifests: readonly { readonly platform: { readonly architecture: string } }[];
}

/** A registry on this machine that the cluster's nodes can pull from. */
export class Registry {
  /** HOST:PORT, the same for this machine and for the nodes. */
  readonly address: string;
  readonly #process: Daemon;

  constructor(address: string, process: Daemon) {
    this.address = address;
    this.#process = process;
  }

  /** The requests that it answered so far, as METHOD PATH. */
  async requests(): Promise<readonly string[]> {
    const log = await readFile(this.#process.logPath, 'utf8');
    return [...log.matchAll(/"(?<method>[A-Z]+) (?<path>\/v2\/\S*) HTTP/gu)].map(
      ({ groups }) => `${groups?.['method']} ${groups?.['path']}`,
    );
  }

  /** The index of images that a tag names. */
  async index(repository: string, tag: string): Promise<ImageIndex> {
    const accept = 'application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json';
    const response = await fetch(`http://${this.address}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
    return (await response.json()) as ImageIndex; // Of the accepted types, whose fields are the same.
  }

  stop(): Promise<void> {
    return stopDaemon(this.#process);
  }
}

/** Starts a registry without TLS, as small teams have it, at this machine's address in the cluster's network. */
export async function startRegistry(cluster: LocalCluster): Promise<Registry> {
  const { registry } = await ensureTools(['registry']);
  const layout = await findCluster(cluster.name);
  if (layout === undefined) throw new Error(`The cluster ${cluster.name} does not exist.`);
  const address = `${layout.network.hostAddress}:${await findFreePort()}`;
  const directory = join(cluster.stateDirectory, 'registry');
  // Without the images of an earlier run.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, 'config.json');
  await writeFile(
    configuration,
    JSON.stringify({
      version: '0.1',
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') } },
      http: { addr: address },
    }),
  );
  const process = await ensureDaemon({
    name: 'registry',
    argv: [registry, 'serve', configuration],
    stateDirectory: cluster.stateDirectory,
    endsWithParent: true,
  });
  await waitForDaemons([process], {
    what: 'the registry to answer',
    timeoutMs: 30_000,
    probe: () => isAnswering(address),
  });
  await allowPlainRegistry(cluster.stateDirectory, address);
  return new Registry(address, process);
}

async function isAnswering(address: string): Promise<true | undefined> {
  try {
    return (await fetch(`http://${address}/v2/`)).ok || undefined;
  } catch {
    // It does not listen yet.
    return undefined;
  }
}
