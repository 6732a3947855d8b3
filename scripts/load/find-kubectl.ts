import { platform } from 'node:os';
import { findProgram } from '../../local-cluster/host/find-program.ts';
import { ensureTools } from '../../local-cluster/tools.ts';

/** Returns the kubectl of the PATH; on Linux without one, that of the local cluster, which it builds if it is missing. */
export async function findKubectl(log: (line: string) => void, signal: AbortSignal): Promise<string> {
  const installed = findProgram('kubectl');
  if (installed !== undefined) return installed;
  if (platform() === 'linux') return (await ensureTools(['kubectl'], { log }, signal)).kubectl;
  throw new Error('kubectl is not on the PATH. Install it: https://kubernetes.io/docs/tasks/tools/');
}
