import { describe, expect, it } from '@jest/globals';
import { type Selection, watchEvents } from '../controller-runtime/client/list-watch.ts';
import { CHILDREN } from '../operator/caches.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { LiveObject } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import type { RunningOperator } from './testing/running-operator.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const CHILD_RESOURCES = ['deployments', 'services', 'horizontalpodautoscalers'];
const LEASE = 'operator';
/** Another version, so that every child needs a write regardless of the cached spec. */
const OTHER_IMAGE = 'registry.example.com/converter:2.0.0';

const STALE: readonly (readonly [string, readonly string[]])[] = [
  ['the resource alone', ['temperatureconverters']],
  ['the children alone', CHILD_RESOURCES],
  ['everything', ['temperatureconverters', ...CHILD_RESOURCES]],
];

const environment = setUpTestEnvironment();

/** Records every version of the children from now on; the returned function stops that and returns them. */
async function recordVersions(): Promise<() => readonly LiveObject[]> {
  const { cluster, namespace } = environment;
  const { resourceVersion } = (await cluster.converter(namespace, 'web')).metadata;
  const versions: LiveObject[] = [];
  const stop = new AbortController();
  const follow = async (selection: Selection): Promise<void> => {
    const from = { resourceVersion, timeoutSeconds: 300 };
    for await (const { type, object } of watchEvents<LiveObject>(cluster.client, selection, from, stop.signal)) {
      if (type !== 'BOOKMARK') versions.push(object);
    }
  };
  for (const kind of KINDS) {
    follow({ resource: CHILDREN[kind].resource, namespace }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  }
  return () => {
    stop.abort();
    return versions;
  };
}

/** Has an operator apply two specs; returns the resource version between them. */
async function applyTwice(operator: RunningOperator): Promise<string> {
  const { cluster, namespace } = environment;
  await cluster.createConverter(namespace, 'web', { service: { port: 80 } });
  await environment.applied('web');
  await operator.idle();
  const { resourceVersion } = (await cluster.converter(namespace, 'web')).metadata;
  await edit();
  await operator.idle();
  return resourceVersion;
}

async function edit(): Promise<void> {
  const { cluster, namespace } = environment;
  const spec = { service: { port: 81 }, autoscaling: { maxReplicas: 4 } };
  await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec });
  await environment.applied('web');
}

/** Advances the operator's clock by twenty seconds while its caches are stale. */
async function runStale(operator: RunningOperator): Promise<void> {
  for (let seconds = 0; seconds < 20; seconds += 1) {
    operator.clock.advance(1000);
    await operator.quiet(20);
  }
}

/** Asserts that the children reach the current spec and never had the earlier one. */
async function expectCurrentSpec(operator: RunningOperator, versions: () => readonly LiveObject[]): Promise<void> {
  const { cluster, namespace } = environment;
  await eventually(async () => {
    operator.clock.advance(1000);
    const { Deployment, Service, HorizontalPodAutoscaler } = await cluster.children(namespace, 'web');
    expect(JSON.stringify(Deployment.spec)).toContain(OTHER_IMAGE);
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    expect(HorizontalPodAutoscaler.spec).toMatchObject({ maxReplicas: 4 });
  });
  await environment.applied('web');
  await operator.idle();
  const seen = versions();
  expect(seen.length).toBeGreaterThan(0);
  const ports = seen.flatMap(({ spec }) => (spec?.['ports'] as readonly { port: number }[] | undefined) ?? []);
  expect(new Set(ports.map(({ port }) => port))).toEqual(new Set([81]));
  expect(new Set(seen.flatMap(({ spec }) => spec?.['maxReplicas'] ?? []))).toEqual(new Set([4]));
}

/** The operator's writes except those of the lease. */
async function writesExceptLease(operator: RunningOperator): Promise<readonly string[]> {
  return (await operator.writes()).filter((write) => !write.includes('leases'));
}

/** An upper bound for rejected writes that are retried with backoff. */
const MAX_WRITES = 60;

describe.each(STALE)('while %s is stale, no child is written from an earlier spec', (_case, stale) => {
  const isResourceAlone = stale.length === 1;

  async function expectGuarded(operator: RunningOperator): Promise<void> {
    await runStale(operator);
    const { Service } = await environment.cluster.children(environment.namespace, 'web');
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    const writes = await writesExceptLease(operator);
    expect(writes.length).toBeLessThan(MAX_WRITES);
    if (!isResourceAlone) return;
    // The operator detects the stale cache without a request.
    expect(writes).toEqual([]);
    expect(operator.log.messages).toContainEqual(expect.stringContaining('the cached resource is older'));
  }

  it('at the start', async () => {
    const first = await environment.startSynced();
    const resourceVersion = await applyTwice(first);
    await first.stop();
    const versions = await recordVersions();
    const proxy = await environment.startProxy();
    const releases = stale.map((resource) => proxy.makeStale(resource, resourceVersion));
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig, image: OTHER_IMAGE });
    await expectGuarded(operator);
    for (const release of releases) release();
    await expectCurrentSpec(operator, versions);
  });

  it('after a relist', async () => {
    const first = await environment.startSynced();
    const resourceVersion = await applyTwice(first);
    await first.stop();
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig, image: OTHER_IMAGE });
    await eventually(async () => {
      const { Deployment } = await environment.cluster.children(environment.namespace, 'web');
      expect(JSON.stringify(Deployment.spec)).toContain(OTHER_IMAGE);
    });
    await operator.idle();
    const versions = await recordVersions();
    const writes = await writesExceptLease(operator);
    const releases = stale.map((resource) => proxy.makeStale(resource, resourceVersion));
    await relist(proxy, stale);
    // Triggers a reconcile from the stale cache.
    const edited = { metadata: { labels: { 'app.kubernetes.io/part-of': 'another' } } };
    for (const kind of KINDS) await environment.cluster.patch([kind, environment.namespace, 'web'], edited);
    await runStale(operator);
    expect((await writesExceptLease(operator)).length - writes.length).toBeLessThan(MAX_WRITES);
    for (const release of releases) release();
    await expectCurrentSpec(operator, versions);
  });

  it('when a new leader takes over', async () => {
    const leaderElection = { namespace: environment.namespace, leaseName: LEASE };
    const leader = await environment.startSynced({ leaderElection });
    await environment.cluster.createConverter(environment.namespace, 'web', { service: { port: 80 } });
    await environment.applied('web');
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({
      leaderElection,
      kubeConfig: proxy.kubeConfig,
      image: OTHER_IMAGE,
    });
    const releases = stale.map((resource) => proxy.hold(resource));
    await edit();
    await leader.idle();
    const versions = await recordVersions();
    await leader.stop();
    await eventually(async () => {
      operator.clock.advance(1000);
      expect(await operator.metric('leader_election_master_status')).toBe(1);
    });
    await expectGuarded(operator);
    for (const release of releases) release();
    await expectCurrentSpec(operator, versions);
  });
});

/** Expires the resource version of one watch per resource, which causes a relist. */
async function relist(proxy: FaultProxy, resources: readonly string[]): Promise<void> {
  const expired = new Set<string>();
  proxy.fault = ({ verb, resource }) => {
    if (verb !== 'watch' || !resources.includes(resource) || expired.has(resource)) return undefined;
    expired.add(resource);
    return { type: 'answer', status: 410 };
  };
  proxy.breakWatches();
  await eventually(() => expect(expired.size).toBe(resources.length));
}

describe('a resource that is deleted while the cache is stale', () => {
  it('adopts no object, because the garbage collector would delete it', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const { length } = await operator.writes();
    const release = proxy.hold('temperatureconverters');
    await cluster.delete('TemperatureConverter', namespace, 'web');
    const orphans = await Promise.all(
      KINDS.map((kind) => cluster.patch([kind, namespace, 'web'], { metadata: { ownerReferences: null } })),
    );
    await runStale(operator);
    expect(Object.values(await cluster.children(namespace, 'web'))).toEqual(orphans);
    expect(await operator.writes()).toHaveLength(length);

    release();
    const { metadata } = await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    for (const child of Object.values(await cluster.children(namespace, 'web'))) {
      expect(child.metadata.ownerReferences).toEqual([expect.objectContaining({ uid: metadata.uid })]);
    }
  });
});
