import { afterEach, describe, expect, it } from '@jest/globals';
import { type AuditedRequest, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { OperatorProcess } from './testing/operator-process.ts';
import { LEASE, launchReplica as launchIn, writesExceptLease as writesIn } from './testing/replicas.ts';
import type { RunningOperator, RunOptions } from './testing/running-operator.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;

const environment = setUpTestEnvironment();
const processes: OperatorProcess[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.kill()));
});

/** Starts a replica in this process. */
function startReplica(options: RunOptions = {}): RunningOperator {
  return environment.start({ leaderElection: { namespace: environment.namespace, leaseName: LEASE }, ...options });
}

function launchReplica(): OperatorProcess {
  const replica = launchIn(environment.server.apiServer.kubeconfigPath, environment.namespace);
  processes.push(replica);
  return replica;
}

async function waitUntilLeader(operator: RunningOperator): Promise<void> {
  await eventually(async () => expect(await operator.metric('leader_election_master_status')).toBe(1));
}

function writesExceptLease(): Promise<readonly AuditedRequest[]> {
  return writesIn(environment.server, environment.namespace);
}

describe('two replicas', () => {
  it('only the leader writes; the standby syncs its caches and is ready', async () => {
    const { cluster, namespace } = environment;
    const leader = startReplica();
    await waitUntilLeader(leader);
    const standby = startReplica();
    await standby.synced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await leader.idle();
    expect(await standby.metric('leader_election_master_status')).toBe(0);
    expect((await standby.requests()).filter(isWrite)).toEqual([]);
    expect(await writesExceptLease()).toHaveLength(4);
  });

  it('the standby takes over immediately when the leader stops, and writes only for new resources', async () => {
    const { cluster, namespace } = environment;
    const leader = startReplica();
    await waitUntilLeader(leader);
    const standby = startReplica();
    await standby.synced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await leader.idle();
    await leader.stop();
    // Shorter than the lease duration, because the leader has released the lease.
    standby.clock.advance(2000);
    await waitUntilLeader(standby);
    await cluster.createConverter(namespace, 'new');
    await environment.applied('new');
    await standby.idle();
    const writes = await standby.writes();
    expect(writes.filter((write) => write.includes('web'))).toEqual([]);
    expect(writes.filter((write) => write.includes('new'))).toHaveLength(4);
    expect((await cluster.get('Lease', namespace, LEASE)).spec).toMatchObject({ leaseTransitions: 2 });
  });

  it('the standby never takes a lease that is renewed', async () => {
    const leader = startReplica();
    await waitUntilLeader(leader);
    const standby = startReplica();
    await standby.synced();
    for (let round = 0; round < 12; round += 1) {
      const renewals = (await leader.requests()).length;
      leader.clock.advance(2000);
      await eventually(async () => expect((await leader.requests()).length).toBeGreaterThan(renewals));
      standby.clock.advance(2000);
      await standby.quiet(20);
    }
    expect(await standby.metric('leader_election_master_status')).toBe(0);
    expect(await leader.metric('leader_election_master_status')).toBe(1);
  });
});

describe('a leader', () => {
  it('that cannot renew its lease stops before the standby takes over', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const leader = startReplica({ kubeConfig: proxy.kubeConfig });
    await waitUntilLeader(leader);
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    const standby = startReplica();
    await standby.synced();

    proxy.cut();
    // The renew deadline is ten seconds, the lease duration fifteen.
    leader.clock.advance(10_000);
    standby.clock.advance(10_000);
    expect(await leader.ended).toBe('lost');
    expect(await standby.metric('leader_election_master_status')).toBe(0);
    proxy.mend();

    await eventually(async () => {
      standby.clock.advance(1000);
      expect(await standby.metric('leader_election_master_status')).toBe(1);
    });
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 81 } } });
    await environment.applied('web');
    const writers = (await writesExceptLease()).slice(4).map(({ userAgent }) => userAgent);
    expect(new Set(writers)).toEqual(new Set([standby.userAgent]));
  });

  it('that loses its lease during a reconcile makes no further write', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const leader = startReplica({ kubeConfig: proxy.kubeConfig });
    await waitUntilLeader(leader);
    // The responses to the children's writes arrive after the lease is lost.
    proxy.fault = ({ verb, resource }) => {
      if (resource === 'leases') return { type: 'cut before' };
      return verb === 'patch' && resource !== 'temperatureconverters' ? { type: 'delay', ms: 300 } : undefined;
    };
    await cluster.createConverter(namespace, 'web');
    await eventually(() => cluster.children(namespace, 'web'));
    leader.clock.advance(10_000);
    expect(await leader.ended).toBe('lost');
    proxy.fault = () => undefined;
    await leader.quiet();
    // The status is the next write of the reconcile.
    expect((await cluster.converter(namespace, 'web')).status?.observedGeneration).toBeUndefined();
    expect(await writesExceptLease()).toHaveLength(3);
  });

  it('whose lease another holder takes stops at its next renewal', async () => {
    const { cluster, namespace } = environment;
    const leader = startReplica();
    await waitUntilLeader(leader);
    await cluster.patch(['Lease', namespace, LEASE], { spec: { holderIdentity: 'another-replica' } });
    leader.clock.advance(2000);
    expect(await leader.ended).toBe('lost');
    expect((await cluster.get('Lease', namespace, LEASE)).spec).toMatchObject({ holderIdentity: 'another-replica' });
  });

  it('whose lease is deleted re-creates it and stays the leader', async () => {
    const { cluster, namespace } = environment;
    const leader = startReplica();
    await waitUntilLeader(leader);
    await cluster.delete('Lease', namespace, LEASE);
    leader.clock.advance(2000);
    await eventually(() => cluster.get('Lease', namespace, LEASE));
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    expect(await leader.metric('leader_election_master_status')).toBe(1);
  });
});

describe('replicas as processes', () => {
  it('hand over within seconds after SIGTERM, and within the lease duration after SIGKILL', async () => {
    const { cluster, namespace } = environment;
    const first = launchReplica();
    await first.logged('became the leader');
    const second = launchReplica();
    await second.logged('waiting for the leader lease');
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');

    first.signal('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const stoppedMs = performance.now();
    await second.logged('became the leader');
    expect(performance.now() - stoppedMs).toBeLessThan(5000);

    const third = launchReplica();
    await third.logged('waiting for the leader lease');
    await second.kill();
    const killedMs = performance.now();
    await third.logged('became the leader');
    const tookMs = performance.now() - killedMs;
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThan(20_000);
    await cluster.delete('Service', namespace, 'web');
    await eventually(() => cluster.get('Service', namespace, 'web'));
    expect((await writesExceptLease()).map(({ userAgent }) => userAgent)).toEqual([
      ...Array<string>(4).fill(first.userAgent),
      third.userAgent,
    ]);
  });

  it('hand over when the leader is suspended, which makes no write when it resumes', async () => {
    const { cluster, namespace } = environment;
    const first = launchReplica();
    await first.logged('became the leader');
    const second = launchReplica();
    await second.logged('waiting for the leader lease');
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');

    first.signal('SIGSTOP');
    // Drift that the standby repairs, and that the former leader would repair when it resumes.
    await cluster.delete('Service', namespace, 'web');
    await second.logged('became the leader');
    await eventually(() => cluster.get('Service', namespace, 'web'));
    second.signal('SIGSTOP');
    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    const before = (await writesExceptLease()).length;
    first.signal('SIGCONT');
    expect(await first.exited).toEqual({ code: 1, signal: null });
    expect((await writesExceptLease()).slice(before)).toEqual([]);
    second.signal('SIGCONT');
    await eventually(() => cluster.children(namespace, 'web'));
    const { userAgent } = second;
    expect(new Set((await writesExceptLease()).slice(4).map((write) => write.userAgent))).toEqual(new Set([userAgent]));
  });

  it('exit with code 1 when the lease is lost', async () => {
    const { cluster, namespace } = environment;
    const leader = launchReplica();
    await leader.logged('became the leader');
    await eventually(async () => {
      await cluster.patch(['Lease', namespace, LEASE], { spec: { holderIdentity: 'another-replica' } });
      expect(leader.log.some(({ msg }) => msg.startsWith('lost the leader lease'))).toBe(true);
    });
    expect(await leader.exited).toEqual({ code: 1, signal: null });
  });
});
