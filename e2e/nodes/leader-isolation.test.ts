import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { requestsOf } from '../testing/audit-log.ts';
import { converter, waitUntilReady } from '../testing/converter.ts';
import { install, type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE } from '../testing/installation.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { findLeader, type Leader, operatorPods, readLeader, TWO_REPLICAS } from './testing/operator-replicas.ts';
import type { PlacedPod } from './testing/placed-pods.ts';

const NAME = 'contended';
/** The duration of the Lease, and a period of its candidates. */
const NEW_LEADER_MS = 20_000;

describe('when the node of the leader is cut off from the API server, but alive', () => {
  let installation: Installation;
  let isolated: PlacedPod;
  let next: Leader;
  let cutAtMs = 0;

  beforeAll(async () => {
    installation = await install('e2e-leader-isolation', TWO_REPLICAS);
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter(NAME));
    await waitUntilReady(installation, NAME);
    await eventually(async () => {
      expect((await operatorPods(installation)).map(({ isReady }) => isReady)).toEqual([true, true]);
    }, WAIT_TIMEOUT_MS);
    ({ leader: isolated } = await findLeader(installation));
    const work = keepChangingSpec();
    try {
      cutAtMs = Date.now();
      await setRoute('add');
      next = await eventually(async () => {
        const leader = await readLeader(installation);
        expect(leader.pod).not.toBe(isolated.name);
        return leader;
      }, 2 * NEW_LEADER_MS);
      // What the isolated leader has sent may arrive now.
      await setRoute('delete');
      await eventually(async () => expect((await isolatedPod()).restarts).toBe(isolated.restarts + 1), WAIT_TIMEOUT_MS);
    } finally {
      await work.stop();
    }
  });
  afterAll(async () => {
    await setRoute('delete').catch(() => '');
    await installation.remove();
  });

  it('the other replica leads within 20 seconds', () => {
    expect(next.sinceMs - cutAtMs).toBeLessThan(NEW_LEADER_MS);
  });

  it('the isolated leader exits before the other one leads', async () => {
    const { terminatedMs } = await isolatedPod();
    // The time of the kubelet has whole seconds.
    expect(terminatedMs).toBeGreaterThan(cutAtMs - 1000);
    expect(terminatedMs).toBeLessThanOrEqual(next.sinceMs);
  });

  it('the audit log has no write of the isolated leader after the first one of the other', async () => {
    const writes = await writesByPod();
    const first = writes.find(({ pod, atMs }) => pod === next.pod && atMs >= cutAtMs);
    const last = writes.findLast(({ pod }) => pod === isolated.name);
    // Both were at work: they wrote the changes of the spec.
    expect(writes.some(({ pod, resource }) => pod === isolated.name && resource !== 'leases')).toBe(true);
    expect(
      writes.some(({ pod, resource, atMs }) => pod === next.pod && resource !== 'leases' && atMs > next.sinceMs),
    ).toBe(true);
    expect(last?.atMs).toBeLessThan(first?.atMs ?? 0);
  });

  /** Changes the port of the Service again and again, so that the leader always has something to write. */
  function keepChangingSpec(): { stop(): Promise<void> } {
    const { kubectl, namespace } = installation;
    const stop = new AbortController();
    const change = async (): Promise<void> => {
      for (let port = 1000; !stop.signal.aborted; port += 1) {
        await kubectl(
          'patch',
          'tc',
          NAME,
          '-n',
          namespace,
          '--type=merge',
          '-p',
          `{"spec":{"service":{"port":${port}}}}`,
        );
      }
    };
    const changing = change();
    return {
      stop: async () => {
        stop.abort();
        await changing;
      },
    };
  }

  /** Drops what the node of the isolated leader and its pods send to the API server, or stops dropping it. */
  function setRoute(action: 'add' | 'delete'): Promise<string> {
    const { cluster } = installation;
    const route = ['ip', 'route', action, 'blackhole', `${cluster.apiAddress}/32`];
    return runCommand(cluster.inNetwork(route, isolated.node));
  }

  async function isolatedPod(): Promise<PlacedPod> {
    const pod = (await operatorPods(installation)).find(({ uid }) => uid === isolated.uid);
    if (pod === undefined) throw new Error(`the pod ${isolated.name} was deleted`);
    return pod;
  }

  /**
   * The writes of the operator's pods, in the order in which the API server received them. Rejected ones do not count: what the
   * isolated leader has sent before it exits may arrive later, and has the resource version of then.
   */
  async function writesByPod(): Promise<readonly { pod: string; resource: string; atMs: number }[]> {
    const serviceAccount = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };
    const since = new Date(cutAtMs - 60_000);
    const requests = await requestsOf(installation.cluster.auditLogPath, serviceAccount, since);
    return requests
      .filter((request) => isWrite(request) && (request.responseStatus?.code ?? 0) < 300)
      .map((request) => ({
        pod: request.user.extra?.['authentication.kubernetes.io/pod-name']?.[0] ?? '',
        resource: request.objectRef?.resource ?? '',
        atMs: Date.parse(request.requestReceivedTimestamp),
      }))
      .toSorted((a, b) => a.atMs - b.atMs);
  }
});
