import { join } from 'node:path';
import { runCommand } from '../../../local-cluster/process/run-command.ts';
import type { Installation } from '../../testing/installation.ts';

const ETCD_PROGRAM = join(import.meta.dirname, 'etcd-request.ts');

/** Advances the revision of etcd, and so the next resource versions, by writes that the API server does not serve. */
export async function advanceRevision(installation: Installation, writes: number): Promise<void> {
  await run(installation, 'advance', String(writes));
}

/** Deletes the history of etcd: no watch can be resumed from an older resource version. Returns the revision. */
export async function compactHistory(installation: Installation): Promise<number> {
  return Number(await run(installation, 'compact'));
}

function run({ cluster }: Installation, ...args: readonly string[]): Promise<string> {
  return runCommand(cluster.inControlPlane([process.execPath, ETCD_PROGRAM, ...args]));
}
