import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process/run-command.ts';
import { SUBNET_INDICES } from '../node/network-namespace.ts';
import { clustersDirectory } from './cluster-layout.ts';

/**
 * The subnet of each cluster: a file SUBNET_INDEX with the cluster's name, created exclusively, so that two clusters that
 * start at once cannot both claim it.
 */
function claimsDirectory(): string {
  return join(clustersDirectory(), '..', 'subnets');
}

/** The subnet index of a cluster; undefined if it has none. */
export async function findSubnet(clusterName: string): Promise<number | undefined> {
  for (const index of await claimedIndices()) {
    if ((await readFile(join(claimsDirectory(), String(index)), 'utf8')) === clusterName) return index;
  }
  return undefined;
}

/** Claims the previous subnet of a cluster, or the first one that is free; returns its index. */
export async function claimSubnet(clusterName: string, inUse: ReadonlySet<number>): Promise<number> {
  const own = await findSubnet(clusterName);
  if (own !== undefined) return own;
  await mkdir(claimsDirectory(), { recursive: true });
  for (const index of SUBNET_INDICES) {
    if (!inUse.has(index) && (await tryClaim(index, clusterName))) return index;
  }
  throw new Error(
    `All ${SUBNET_INDICES.length} subnets for local clusters are in use. Delete a cluster that you do not need.`,
  );
}

/** Releases the subnet of a cluster. */
export async function releaseSubnet(clusterName: string): Promise<void> {
  const index = await findSubnet(clusterName);
  if (index !== undefined) await rm(join(claimsDirectory(), String(index)), { force: true });
}

/** Finds the subnets that the routes of this machine use. */
export async function findRoutedSubnets(signal?: AbortSignal): Promise<ReadonlySet<number>> {
  return subnetsInRoutes(await runCommand(['ip', '-4', 'route', 'show', 'table', 'all'], {}, signal));
}

/** Parses the third bytes of the 198.18.x.y addresses in the output of `ip route`. */
export function subnetsInRoutes(routes: string): ReadonlySet<number> {
  return new Set([...routes.matchAll(/\b198\.18\.(\d{1,3})\./gu)].map((match) => Number(match[1])));
}

async function tryClaim(index: number, clusterName: string): Promise<boolean> {
  try {
    await writeFile(join(claimsDirectory(), String(index)), clusterName, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function claimedIndices(): Promise<number[]> {
  if (!existsSync(claimsDirectory())) return [];
  return (await readdir(claimsDirectory())).map(Number).toSorted((one, other) => one - other);
}
