import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inShort, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { requestsOf } from '../testing/audit-log.ts';
import { converter, waitForCondition, waitUntilConverting, waitUntilReady } from '../testing/converter.ts';
import { install, type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE } from '../testing/installation.ts';
import { expectNoFailures } from '../testing/start-load.ts';
import { compactHistory } from './testing/etcd.ts';
import { operatorPods, TWO_REPLICAS } from './testing/operator-replicas.ts';
import { converterPods, replicas } from './testing/placed-pods.ts';

const NAMES = ['one', 'other'];
const SERVICE_ACCOUNT = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };
/** Longer than the kubelet delays the restart of a container that has ended a few times. */
const LEADER_TIMEOUT_MS = 240_000;
const OUTAGE_MS = 60_000;
/** After an outage, the last watch of the leader begins within 30 seconds; then a retry or a late write would follow. */
const QUIET_MS = 40_000;

describe('when the API server is down for a minute, and etcd is compacted meanwhile', () => {
  let installation: Installation;
  let backAt: Date;
  let lastWriteAt: Date;

  beforeAll(async () => {
    installation = await install('e2e-api-outage', TWO_REPLICAS);
    const { kubectl, namespace } = installation;
    for (const name of NAMES) await kubectl.apply(namespace, converter(name, replicas(2)));
    for (const name of NAMES) {
      await waitUntilReady(installation, name);
      await waitForCondition(installation, name, { type: 'Autoscaling', status: 'True' }, 120);
    }
  });
  afterAll(async () => {
    await installation.cluster.startApiServer();
    await installation.remove();
  });

  it('no request to a converter fails', async () => {
    const [name = ''] = NAMES;
    const before = await restartsOfConverters();
    lastWriteAt = new Date();
    // A write just before the outage: it must not be repeated after it.
    await changePort('other', 81);
    await waitUntilConverting(installation, 'other', 81);
    await expectNoFailures(installation, name, async () => {
      const { cluster } = installation;
      await cluster.stopApiServer();
      await sleep(OUTAGE_MS / 2);
      await compactHistory(installation);
      await sleep(OUTAGE_MS / 2);
      backAt = new Date();
      await cluster.startApiServer();
      await waitUntilOperatorLeads();
    });
    expect(await restartsOfConverters()).toEqual(before);
  });

  it('nothing is written twice', async () => {
    await sleep(QUIET_MS);
    expect(await childWrites(lastWriteAt)).toContain('patch services/other');
    expect(await childWrites(backAt)).toEqual([]);
  });

  it('and the operator applies the next change', async () => {
    await changePort('one', 82);
    await waitUntilConverting(installation, 'one', 82);
  });

  /** Waits until a replica of the operator is the leader since the outage, and both are ready. */
  async function waitUntilOperatorLeads(): Promise<void> {
    await eventually(async () => {
      const renewals = await requestsOf(installation.cluster.auditLogPath, SERVICE_ACCOUNT, backAt);
      expect(renewals.some((request) => inShort(request).startsWith('update leases'))).toBe(true);
      expect((await operatorPods(installation)).map(({ isReady }) => isReady)).toEqual([true, true]);
    }, LEADER_TIMEOUT_MS);
  }

  /** The operator's writes of children after `since`: the status also follows what the autoscaler reports. */
  async function childWrites(since: Date): Promise<readonly string[]> {
    const requests = await requestsOf(installation.cluster.auditLogPath, SERVICE_ACCOUNT, since);
    const others = new Set(['leases', 'events', 'temperatureconverters']);
    return requests
      .filter(isWrite)
      .filter(({ objectRef }) => !others.has(objectRef?.resource ?? ''))
      .map(inShort);
  }

  async function changePort(name: string, port: number): Promise<void> {
    const patch = JSON.stringify({ spec: { service: { port } } });
    await installation.kubectl('patch', 'tc', name, '-n', installation.namespace, '--type=merge', '-p', patch);
  }

  async function restartsOfConverters(): Promise<readonly string[]> {
    const pods = await Promise.all(NAMES.map((name) => converterPods(installation, name)));
    return pods.flat().map(({ uid, restarts }) => `${uid} ${restarts}`);
  }
});
