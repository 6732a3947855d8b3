import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TemperatureConverterStatus } from '../../operator/api/temperature-converter.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { converter, getConverter, waitForCondition, waitUntilReady } from '../testing/converter.ts';
import { install, type Installation } from '../testing/installation.ts';
import type { LoadTally } from '../testing/load-tally.ts';
import { type LoadKind, LOADS, runUnderLoads } from '../testing/start-load.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { findLeader, operatorPods, readLeader, TWO_REPLICAS } from './testing/operator-replicas.ts';
import { converterPods, type PlacedPod, replicas } from './testing/placed-pods.ts';

const NAME = 'survivor';

/**
 * Without keep-alive, half of all connections go to the lost replica, so that many clients wait at the same time. Each has a
 * port of its own: the kernel would send another connection from a port to the lost replica for two minutes.
 */
const SHAPES = {
  ...LOADS,
  'without keep-alive': { connections: 16, requestsPerConnection: 1, pauseMs: 100, firstPort: 11_000 },
};

/** The controller manager marks a node as not ready 50 seconds after its last report, and checks every five seconds. */
const NODE_LOST_MS = 60_000;
/** The duration of the Lease, and a period of its candidates. */
const NEW_LEADER_MS = 20_000;
/** kube-proxy receives a change within a second, on a busy machine within some. */
const PROXY_SYNC_MS = 5_000;

describe('when the node of the leader and of a replica of a converter loses power', () => {
  let installation: Installation;
  let before: { readonly status: string; readonly pods: readonly string[]; readonly nodes: readonly string[] };
  let victim: PlacedPod;
  let otherNode: string;
  let tallies: Readonly<Record<LoadKind, LoadTally>>;
  let lostAtMs = 0;
  let unroutedAtMs = 0;
  let newLeaderAfterMs = 0;
  let message = '';
  let messageAfterMs = 0;

  beforeAll(async () => {
    installation = await install('e2e-node-failure', TWO_REPLICAS);
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter(NAME, replicas(2)));
    await waitForAll();
    before = await describeAll();
    ({ leader: victim, otherNode } = await findLeader(installation));
    tallies = await runUnderLoads(installation, NAME, loseNode, { shapes: SHAPES, fromNode: otherNode });
    process.stdout.write(`${describeTallies()}\n`);
  });
  afterAll(async () => {
    for (const node of installation.cluster.nodeNames) await installation.cluster.startNode(node);
    await installation.remove();
  });

  it('both the converter and the operator had a replica on each node', () => {
    const bothNodes = installation.cluster.nodeNames;
    expect(before.nodes.slice(0, 2)).toEqual(bothNodes);
    expect(before.nodes.slice(2)).toEqual(bothNodes);
  });

  it('the other replica of the operator leads within 20 seconds', () => {
    expect(newLeaderAfterMs).toBeLessThan(NEW_LEADER_MS);
  });

  it('Ready says within a minute which pod is affected, and that its node is not ready', () => {
    expect(message).toMatch(
      new RegExp(
        `Pod ${NAME}-\\S+ is not ready because its node ${victim.node} is not ready. See: kubectl describe node`,
      ),
    );
    expect(messageAfterMs).toBeLessThan(NODE_LOST_MS);
  });

  it.each(Object.keys(LOADS))('the converter keeps answering %s', (kind) => {
    // SAFETY: the keys of LOADS.
    const { requests, failures, longestGapMs } = tallies[kind as LoadKind];
    expect(requests - failures).toBeGreaterThan(200);
    // A client waits for the lost replica for five seconds. That all of them wait at the same time is rare.
    expect(longestGapMs).toBeLessThan(10_000);
  });

  it.each(Object.keys(LOADS))('%s, only requests fail that were sent to the lost replica', (kind) => {
    // SAFETY: the keys of LOADS.
    const { failed, lastReplica: survivor } = tallies[kind as LoadKind];
    // The other replica refuses and resets nothing, and its Service has no other error.
    for (const { error } of failed) expect(error).toMatch(/no answer in 5 s|EHOSTUNREACH|ETIMEDOUT/);
    expect(failed.filter(({ replica }) => replica === survivor)).toEqual([]);
    // Kubernetes takes the replica out of the Service once it knows that the node is lost.
    expect(failed.filter(({ sentMs }) => sentMs > unroutedAtMs + PROXY_SYNC_MS)).toEqual([]);
  });

  it('everything is as before once the node is back', async () => {
    await installation.cluster.startNode(victim.node);
    await waitForAll();
    await eventually(async () => expect(await describeAll()).toEqual(before), WAIT_TIMEOUT_MS);
    expect((await readLeader(installation)).pod).not.toBe(victim.name);
  });

  /** Ends the node of the leader, and waits until the operator and Kubernetes have noticed. */
  async function loseNode(): Promise<void> {
    const { cluster } = installation;
    lostAtMs = Date.now();
    await cluster.stopNode(victim.node);
    const leads = eventually(async () => {
      const { pod, sinceMs } = await readLeader(installation);
      expect(pod).not.toBe(victim.name);
      newLeaderAfterMs = sinceMs - lostAtMs;
    }, NODE_LOST_MS);
    const says = eventually(async () => {
      const { status } = await getConverter(installation, NAME);
      message = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
      expect(message).toContain(victim.node);
      messageAfterMs = Date.now() - lostAtMs;
    }, 2 * NODE_LOST_MS);
    const unrouted = eventually(async () => {
      expect(await routedAddresses()).toHaveLength(1);
      unroutedAtMs = Date.now();
    }, 2 * NODE_LOST_MS);
    await Promise.all([leads, says, unrouted]);
    // The last failures: requests that were sent just before, and time to see that no more follow.
    await new Promise((resolve) => {
      setTimeout(resolve, 2 * PROXY_SYNC_MS);
    });
  }

  /** The addresses of the replicas that the Service sends requests to. */
  async function routedAddresses(): Promise<readonly string[]> {
    const { kubectl, namespace } = installation;
    const slices = await kubectl.json<EndpointSlices>(
      'endpointslices',
      '-n',
      namespace,
      '-l',
      `kubernetes.io/service-name=${NAME}`,
    );
    const endpoints = slices.items.flatMap((slice) => slice.endpoints ?? []);
    return endpoints.filter(({ conditions }) => conditions.ready !== false).flatMap(({ addresses }) => addresses);
  }

  /** Waits until all replicas are ready, and the autoscaler has reported. */
  async function waitForAll(): Promise<void> {
    await eventually(async () => {
      const pods = [...(await converterPods(installation, NAME)), ...(await operatorPods(installation))];
      expect(pods.map(({ isReady }) => isReady)).toEqual([true, true, true, true]);
      expect(await routedAddresses()).toHaveLength(2);
    }, 2 * WAIT_TIMEOUT_MS);
    await waitUntilReady(installation, NAME);
    await waitForCondition(installation, NAME, { type: 'Autoscaling', status: 'True' }, 120);
  }

  /** The status without its times, and the pods with their nodes. */
  async function describeAll(): Promise<typeof before> {
    const { status } = await getConverter(installation, NAME);
    const pods = await converterPods(installation, NAME);
    const all = [...pods, ...(await operatorPods(installation))];
    const nodes = [pods, await operatorPods(installation)].flatMap((some) => some.map(({ node }) => node).toSorted());
    return { status: withoutTimes(status), pods: all.map(({ uid, node }) => `${uid} ${node}`).toSorted(), nodes };
  }

  function describeTallies(): string {
    const lines = Object.entries(tallies).map(
      ([kind, { requests, failures, longestGapMs }]) =>
        `${kind}: ${requests} requests, ${failures} failed, longest gap ${longestGapMs} ms`,
    );
    return [
      `new leader after ${seconds(newLeaderAfterMs)}, Ready after ${seconds(messageAfterMs)}, out of the Service after ${seconds(unroutedAtMs - lostAtMs)}`,
      ...lines,
    ].join('\n');
  }
});

interface EndpointSlices {
  readonly items: readonly {
    readonly endpoints?: readonly {
      readonly addresses: readonly string[];
      readonly conditions: { readonly ready?: boolean };
    }[];
  }[];
}

function withoutTimes(status: TemperatureConverterStatus | undefined): string {
  return JSON.stringify(status, (key, value: unknown) => (key === 'lastTransitionTime' ? undefined : value));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
