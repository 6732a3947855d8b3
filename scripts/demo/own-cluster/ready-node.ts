import { setTimeout as sleep } from 'node:timers/promises';
import { DemoError } from '../demo-error.ts';
import { log } from '../progress.ts';
import { type ClusterNode, openNodes } from './cluster-node.ts';
import type { OwnCluster } from './find-cluster.ts';

const TIMING = { intervalMs: 2000, timeoutMs: 180_000 };

/**
 * Waits until one of the nodes that take pods is ready, which takes a new cluster a minute, and returns the nodes; throws a DemoError
 * after a timeout. Does not wait if no node takes pods.
 */
export async function waitForReadyNode(
  { context, nodes: found, get }: Pick<OwnCluster, 'context' | 'nodes' | 'get'>,
  signal: AbortSignal,
  { intervalMs, timeoutMs } = TIMING,
): Promise<readonly ClusterNode[]> {
  const deadlineMs = performance.now() + timeoutMs;
  const logged = new Set<string>();
  let nodes = found;
  for (;;) {
    const open = openNodes(nodes);
    if (open.length === 0 || open.some(isReady)) return nodes;
    if (logged.size === 0) log('waiting until a node is ready');
    for (const line of open.map(whyNotReady)) {
      if (!logged.has(line)) log(`  ${line}`);
      logged.add(line);
    }
    if (performance.now() > deadlineMs) {
      throw new DemoError(
        `No node became ready within ${timeoutMs / 60_000} minutes; the reasons are above. ` +
          `See \`kubectl --context ${context} describe nodes\`, and repeat the command once one is ready.`,
      );
    }
    await sleep(intervalMs, undefined, { signal });
    nodes = (await get<{ readonly items: readonly ClusterNode[] }>(['nodes'], signal)).items;
  }
}

function isReady(node: ClusterNode): boolean {
  return readyCondition(node)?.status === 'True';
}

function whyNotReady(node: ClusterNode): string {
  return `node ${node.metadata.name} is not ready: ${readyCondition(node)?.message ?? 'it has just joined'}`;
}

function readyCondition({ status }: ClusterNode) {
  return status.conditions?.find(({ type }) => type === 'Ready');
}
