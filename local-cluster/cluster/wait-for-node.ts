import { getJson, readCredentials } from '../control-plane/api-request.ts';
import { controlPlaneFiles } from '../control-plane/site.ts';
import { nodeDaemonName, type NodeSite } from '../node/node-site.ts';
import { type Daemon, waitForDaemons } from '../process/daemon.ts';
import { startTimeOf } from '../process/process-table.ts';

const READY_TIMEOUT_MS = 300_000;

interface NodeStatus {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime: string;
    }[];
  };
}

/** Waits until the running kubelet of a node has reported that the node is ready; throws DaemonDiedError if one of `daemons` ends. */
export async function waitForNode(
  { nodeName, stateDirectory }: NodeSite,
  daemons: readonly Daemon[],
  signal?: AbortSignal,
): Promise<void> {
  const credentials = await readCredentials(controlPlaneFiles(stateDirectory).adminKubeconfig);
  const kubelet = daemons.find(({ name }) => name === nodeDaemonName(nodeName, 'kubelet'));
  // The report of an earlier kubelet stays for most of a minute. Times of the API have whole seconds.
  const sinceMs = kubelet === undefined ? 0 : Math.floor(startTimeOf(kubelet) / 1000) * 1000;
  const probe = async (): Promise<true | undefined> => {
    const node = await getJson<NodeStatus>(credentials, `/api/v1/nodes/${nodeName}`);
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
    return (ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime) >= sinceMs) || undefined;
  };
  const what = `${nodeName} to be ready`;
  await waitForDaemons(daemons, { what, timeoutMs: READY_TIMEOUT_MS, intervalMs: 250, probe }, signal);
}
