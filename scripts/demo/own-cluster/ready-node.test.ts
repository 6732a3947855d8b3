import { describe, expect, it } from '@jest/globals';
import type { ClusterAccess } from '../cluster-access.ts';
import type { ClusterNode } from './cluster-node.ts';
import { waitForReadyNode } from './ready-node.ts';
import { buildNode, noSchedule } from './testing/build-node.ts';

const NEW = buildNode('new', { isReady: false, taints: [noSchedule('node.kubernetes.io/not-ready')] });
const BROKEN = buildNode('broken', { isReady: false });
const CORDONED = buildNode('cordoned', { unschedulable: true });
const SIGNAL = new AbortController().signal;
const FAST = { intervalMs: 1, timeoutMs: 60_000 };

/** A cluster whose list of nodes is the next one at each request, and at the end stays the same. */
function clusterWith(first: readonly ClusterNode[], ...later: readonly (readonly ClusterNode[])[]) {
  let requests = 0;
  const get: ClusterAccess['get'] = <T>() => {
    const items = later[Math.min(requests, later.length - 1)] ?? first;
    requests += 1;
    return Promise.resolve({ items } as T); // The only request.
  };
  return { cluster: { context: 'kind-dev', nodes: first, get }, requests: () => requests };
}

describe('waitForReadyNode', () => {
  it('waits until one node of a new cluster is ready, and returns all that have joined', async () => {
    const joined = [buildNode('new'), BROKEN];
    const { cluster } = clusterWith([NEW], [NEW], [NEW, BROKEN], joined);
    expect(await waitForReadyNode(cluster, SIGNAL, FAST)).toEqual(joined);
  });

  it.each([[[buildNode('a'), BROKEN]], [[CORDONED]], [[]]])('does not wait otherwise: %#', async (nodes) => {
    const { cluster, requests } = clusterWith(nodes);
    expect(await waitForReadyNode(cluster, SIGNAL, FAST)).toEqual(nodes);
    expect(requests()).toBe(0);
  });

  it('says after a timeout where the reasons are', async () => {
    const { cluster } = clusterWith([NEW, CORDONED]);
    const waiting = waitForReadyNode(cluster, SIGNAL, { intervalMs: 1, timeoutMs: 0 });
    await expect(waiting).rejects.toThrow('kubectl --context kind-dev describe nodes');
  });
});
