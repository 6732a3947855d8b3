import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { inShort } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import type { OperatorProcess } from './testing/operator-process.ts';
import { LEASE, launchReplica, writersInOrder, writesExceptLease } from './testing/replicas.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** The API server does not respond for the duration of a lease. */
const OUTAGE_MS = 15_000;
/** A leader that cannot renew stops within this time. */
const LOST_TIMEOUT_MS = 20_000;
const RESOURCES = 40;

const environment = setUpTestEnvironment();
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

/** Waits until `count` resources of a namespace are Reconciled. */
async function waitUntilApplied(namespace: string, count: number, deadlineMs = MINUTE_MS): Promise<void> {
  await eventually(async () => {
    const converters = await environment.cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
    const reconciled = converters.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Reconciled'));
    expect(reconciled.filter((condition) => condition?.status === 'True')).toHaveLength(count);
  }, deadlineMs);
}

interface Jump {
  readonly replica: 'leader' | 'follower';
  readonly jumpMs: number;
}

const JUMPS: readonly Jump[] = [
  { replica: 'leader', jumpMs: HOUR_MS },
  { replica: 'leader', jumpMs: -HOUR_MS },
  { replica: 'follower', jumpMs: HOUR_MS },
  { replica: 'follower', jumpMs: -HOUR_MS },
];

/** A replica that reaches the API server only through its proxy. */
interface Proxied {
  readonly replica: OperatorProcess;
  readonly proxy: FaultProxy;
}

async function launchProxied(namespace: string, jumpMs: number): Promise<Proxied> {
  const proxy = await environment.startProxy();
  const kubeconfig = join(environment.server.directory, `${crypto.randomUUID()}.kubeconfig`);
  await writeFile(kubeconfig, proxy.kubeConfig.exportConfig());
  const replica = launch(kubeconfig, namespace, {
    NODE_OPTIONS: `--import=${new URL('testing/wall-clock-jump.ts', import.meta.url).href}`,
    WALL_CLOCK_JUMP_MS: String(jumpMs),
  });
  return { replica, proxy };
}

/** Moves the wall clock of a replica and waits for the effect. */
async function jump({ replica }: Proxied, jumpMs: number): Promise<void> {
  replica.signal('SIGUSR2');
  await eventually(() => {
    const line = replica.log.findLast(({ msg }) => msg === 'the wall clock has jumped');
    expect(Math.abs(Date.parse(String(line?.['time'])) - Date.now() - jumpMs)).toBeLessThan(MINUTE_MS);
  });
}

/** Waits until a replica sends another request for the lease. */
async function waitForLeaseRequest({ proxy }: Proxied): Promise<void> {
  const count = (): number => proxy.requests.filter(({ resource }) => resource === 'leases').length;
  const before = count();
  await eventually(() => expect(count()).toBeGreaterThan(before));
}

/** Runs two replicas. The clock of one jumps while the leader cannot renew for some seconds, and again during the failover. */
async function runThroughJumps({ replica: jumpingReplica, jumpMs }: Jump): Promise<void> {
  const { cluster, server } = environment;
  const namespace = await cluster.createNamespace();
  const leader = await launchProxied(namespace, jumpMs);
  await leader.replica.logged('became the leader');
  const follower = await launchProxied(namespace, jumpMs);
  await follower.replica.logged('caches are synced');
  const jumping = jumpingReplica === 'leader' ? leader : follower;

  leader.proxy.fault = ({ resource }) => (resource === 'leases' ? { type: 'cut before' } : undefined);
  await waitForLeaseRequest(leader);
  await jump(jumping, jumpMs);
  await Promise.all([waitForLeaseRequest(leader), waitForLeaseRequest(follower)]);
  leader.proxy.fault = () => undefined;
  await waitForLeaseRequest(leader);
  await cluster.createConverter(namespace, 'web');
  await waitUntilApplied(namespace, 1);
  await Promise.all([waitForLeaseRequest(leader), waitForLeaseRequest(follower)]);
  expect(hasLogged(follower.replica, 'became the leader')).toBe(false);

  leader.proxy.cut();
  const cutMs = performance.now();
  if (jumping === follower) {
    // The follower has observed the last renewal before the jump.
    for (let requests = 0; requests < 2; requests += 1) await waitForLeaseRequest(follower);
  }
  await jump(jumping, 2 * jumpMs);
  await leader.replica.logged(/^lost the leader lease/, LOST_TIMEOUT_MS);
  expect(await leader.replica.exited).toEqual({ code: 1, signal: null });
  const lostAfterMs = performance.now() - cutMs;
  expect(hasLogged(follower.replica, 'became the leader')).toBe(false);
  await follower.replica.logged('became the leader');
  const takeoverMs = performance.now() - cutMs;
  // The last renewal is at most two seconds old. The renew deadline is ten seconds, the lease duration fifteen.
  expect(lostAfterMs).toBeGreaterThan(7000);
  expect(takeoverMs).toBeGreaterThan(10_000);
  expect(takeoverMs).toBeLessThan(25_000);
  await cluster.delete('Service', namespace, 'web');
  await eventually(() => cluster.get('Service', namespace, 'web'));
  const writes = await writesExceptLease(server, namespace);
  expect(writersInOrder(writes)).toEqual([leader.replica.userAgent, follower.replica.userAgent]);
  expect(writes).toHaveLength(5);
}

describe('a wall clock that jumps by an hour', () => {
  it('neither shortens nor extends a lease, forward or backward, in leader or follower', async () => {
    // Concurrently, because each run takes longer than the lease duration.
    const outcomes = await Promise.allSettled(JUMPS.map(runThroughJumps));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ ...JUMPS[index], error: String(outcome.reason) }] : [],
    );
    expect(failures).toEqual([]);
  });
});

describe('an API server that is unresponsive for the duration of a lease', () => {
  it('has one leader when it resumes, which completes the interrupted work without duplicate writes', async () => {
    const { cluster, namespace, server } = environment;
    const kubeconfig = server.apiServer.kubeconfigPath;
    const first = launch(kubeconfig, namespace);
    await first.logged('became the leader');
    const second = launch(kubeconfig, namespace);
    await second.logged('caches are synced');
    const names = Array.from({ length: RESOURCES }, (_, index) => `web-${index}`);
    await mapConcurrently(names, (name) => cluster.createConverter(namespace, name));
    await eventually(async () => expect(await cluster.list('Service', namespace)).not.toEqual([]));

    server.apiServer.signalApiServer('SIGSTOP');
    const stoppedMs = performance.now();
    await first.logged(/^lost the leader lease/, LOST_TIMEOUT_MS);
    expect(await first.exited).toEqual({ code: 1, signal: null });
    // The kubelet restarts the container.
    const third = launch(kubeconfig, namespace);
    await pause(OUTAGE_MS - (performance.now() - stoppedMs));
    server.apiServer.signalApiServer('SIGCONT');

    await waitUntilApplied(namespace, RESOURCES);
    const leaders = [second, third].filter((replica) => hasLogged(replica, 'became the leader'));
    expect(leaders).toHaveLength(1);
    const writesBefore = await writesExceptLease(server, namespace);
    const created = writesBefore.filter(({ responseStatus }) => responseStatus?.code === 201).map(inShort);
    expect(created.filter((write, index) => created.indexOf(write) !== index)).toEqual([]);
    for (const kind of KINDS) expect(await cluster.list(kind, namespace)).toHaveLength(RESOURCES);
    await cluster.delete('Service', namespace, 'web-0');
    await eventually(() => cluster.get('Service', namespace, 'web-0'));
    const writes = await writesExceptLease(server, namespace);
    expect(writersInOrder(writes)).toEqual([first.userAgent, leaders[0]?.userAgent]);
    expect((await cluster.get('Lease', namespace, LEASE)).spec).toMatchObject({ leaseTransitions: 2 });
  });
});
