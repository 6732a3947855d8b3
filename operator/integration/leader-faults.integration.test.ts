import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findDaemons } from '../../local-cluster/process/daemon.ts';
import { signalProcess } from '../../local-cluster/process/process-table.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { aFewAtATime } from './a-few-at-a-time.ts';
import { inShort } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import { eventually } from './eventually.ts';
import type { OperatorProcess } from './operator-process.ts';
import { LEASE, launchReplica, turnsOf, writesBesideLease } from './replicas.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Renewals after a jump until all is well: several tries of the other one lie between. */
const RENEWALS = 4;
/** How long the API server does not answer: as long as a lease lasts. */
const OUTAGE_MS = 15_000;
const CROWD = 40;

const bench = setUpBench();
const processes: OperatorProcess[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.kill()));
});

function launch(...args: Parameters<typeof launchReplica>): OperatorProcess {
  const replica = launchReplica(...args);
  processes.push(replica);
  return replica;
}

function hasLogged(replica: OperatorProcess, message: string): boolean {
  return replica.log.some(({ msg }) => msg === message);
}

/** Waits until so many resources of a namespace are as specified. */
async function applied(namespace: string, count: number, deadlineMs = MINUTE_MS): Promise<void> {
  await eventually(async () => {
    const converters = await bench.cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
    const reconciled = converters.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Reconciled'));
    expect(reconciled.filter((condition) => condition?.status === 'True')).toHaveLength(count);
  }, deadlineMs);
}

interface Jump {
  readonly who: 'leader' | 'follower';
  readonly jumpMs: number;
}

const JUMPS: readonly Jump[] = [
  { who: 'leader', jumpMs: HOUR_MS },
  { who: 'leader', jumpMs: -HOUR_MS },
  { who: 'follower', jumpMs: HOUR_MS },
  { who: 'follower', jumpMs: -HOUR_MS },
];

/** Two replicas, the clock of one of which jumps; then the leader loses the API server. */
async function runThroughJump({ who, jumpMs }: Jump): Promise<void> {
  const { cluster, server } = bench;
  const namespace = await cluster.createNamespace();
  const proxy = await bench.startProxy();
  const proxied = join(server.directory, `${namespace}.kubeconfig`);
  await writeFile(proxied, proxy.kubeConfig.exportConfig());
  const jumping = {
    NODE_OPTIONS: `--import=${new URL('wall-clock-jump.ts', import.meta.url).href}`,
    WALL_CLOCK_JUMP_MS: String(jumpMs),
  };
  const leader = launch(proxied, namespace, jumping);
  await leader.logged('became the leader');
  const follower = launch(server.controlPlane.kubeconfigPath, namespace, jumping);
  await follower.logged('caches are synced');
  const renewals = async (): Promise<number> => {
    const requests = await server.audit.requests();
    return requests.filter(({ userAgent, verb }) => userAgent === leader.userAgent && verb === 'update').length;
  };

  const jumped = who === 'leader' ? leader : follower;
  jumped.signal('SIGUSR2');
  const { time } = await jumped.logged('the wall clock has jumped');
  expect(Math.abs(Date.parse(String(time)) - Date.now() - jumpMs)).toBeLessThan(MINUTE_MS);
  const before = await renewals();
  await eventually(async () => expect(await renewals()).toBeGreaterThanOrEqual(before + RENEWALS));
  await cluster.createConverter(namespace, 'web');
  await applied(namespace, 1);
  expect(hasLogged(follower, 'became the leader')).toBe(false);

  proxy.cut();
  const cutMs = performance.now();
  expect(await leader.exited).toEqual({ code: 1, signal: null });
  expect(hasLogged(follower, 'became the leader')).toBe(false);
  await follower.logged('became the leader');
  const tookMs = performance.now() - cutMs;
  expect(tookMs).toBeGreaterThan(10_000);
  expect(tookMs).toBeLessThan(25_000);
  await cluster.delete('Service', namespace, 'web');
  await eventually(() => cluster.get('Service', namespace, 'web'));
  const writes = await writesBesideLease(server, namespace);
  expect(turnsOf(writes)).toEqual([leader.userAgent, follower.userAgent]);
  expect(writes).toHaveLength(5);
}

describe('a wall clock that jumps by an hour', () => {
  it('neither ends nor lengthens a lease, in the leader or in the follower, forward or back', async () => {
    // Side by side, since each takes as long as a lease.
    const outcomes = await Promise.allSettled(JUMPS.map(runThroughJump));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ ...JUMPS[index], error: String(outcome.reason) }] : [],
    );
    expect(failures).toEqual([]);
  });
});

describe('an API server that stands still for as long as a lease lasts', () => {
  it('finds one leader when it goes on, which does all that was begun, and nothing twice', async () => {
    const { cluster, namespace, server } = bench;
    const kubeconfig = server.controlPlane.kubeconfigPath;
    const first = launch(kubeconfig, namespace);
    await first.logged('became the leader');
    const second = launch(kubeconfig, namespace);
    await second.logged('caches are synced');
    const names = Array.from({ length: CROWD }, (_, index) => `web-${index}`);
    await aFewAtATime(names, (name) => cluster.createConverter(namespace, name));
    await eventually(async () => expect(await cluster.list('Service', namespace)).not.toEqual([]));

    const apiServer = findDaemons(server.directory).find(({ name }) => name === 'kube-apiserver');
    if (apiServer === undefined) throw new Error('the API server does not run');
    signalProcess(apiServer, 'SIGSTOP');
    const stoppedMs = performance.now();
    expect(await first.exited).toEqual({ code: 1, signal: null });
    // As the kubelet does.
    const third = launch(kubeconfig, namespace);
    await pause(OUTAGE_MS - (performance.now() - stoppedMs));
    signalProcess(apiServer, 'SIGCONT');

    await applied(namespace, CROWD);
    const leaders = [second, third].filter((replica) => hasLogged(replica, 'became the leader'));
    expect(leaders).toHaveLength(1);
    const begun = await writesBesideLease(server, namespace);
    const made = begun.filter(({ responseStatus }) => responseStatus?.code === 201).map(inShort);
    expect(made.filter((write, index) => made.indexOf(write) !== index)).toEqual([]);
    for (const kind of KINDS) expect(await cluster.list(kind, namespace)).toHaveLength(CROWD);
    await cluster.delete('Service', namespace, 'web-0');
    await eventually(() => cluster.get('Service', namespace, 'web-0'));
    const writes = await writesBesideLease(server, namespace);
    expect(turnsOf(writes)).toEqual([first.userAgent, leaders[0]?.userAgent]);
    expect((await cluster.get('Lease', namespace, LEASE)).spec).toMatchObject({ leaseTransitions: 2 });
  });
});
