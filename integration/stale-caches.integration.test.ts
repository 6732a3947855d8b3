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
/** Of another version, so that each child differs from what it is to write, whatever it knows of the spec. */
const OTHER_IMAGE = 'registry.example.com/converter:2.0.0';

const STALE: readonly (readonly [string, readonly string[]])[] = [
  ['the resource alone', ['temperatureconverters']],
  ['the children alone', CHILD_RESOURCES],
  ['everything', ['temperatureconverters', ...CHILD_RESOURCES]],
];

const environment = setUpTestEnvironment();

/** Collects every version of the children from now on; the returned function gives them and ends that. */
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

/** Has an operator apply a spec, remembers what there is then, and has it apply another. */
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

/** Lets an operator do all that it does while its caches are behind. */
async function letRun(operator: RunningOperator): Promise<void> {
  for (let seconds = 0; seconds < 20; seconds += 1) {
    operator.clock.advance(1000);
    await operator.idle(20);
  }
}

/** Checks that the present spec is in the end what the children are, and that the earlier one never came back. */
async function expectPresentSpec(operator: RunningOperator, versions: () => readonly LiveObject[]): Promise<void> {
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

/** What an operator has written beside the lease. */
async function writesOf(operator: RunningOperator): Promise<readonly string[]> {
  return (await operator.writes()).filter((write) => !write.includes('leases'));
}

/** A refused write is tried again a few times, not in a storm. */
const FEW = 60;

describe.each(STALE)('while %s is stale, no child is written from an earlier spec', (_case, stale) => {
  const isResourceAlone = stale.length === 1;

  async function expectGuarded(operator: RunningOperator): Promise<void> {
    await letRun(operator);
    const { Service } = await environment.cluster.children(environment.namespace, 'web');
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    const writes = await writesOf(operator);
    expect(writes.length).toBeLessThan(FEW);
    if (!isResourceAlone) return;
    // It shows without a request.
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
    await expectPresentSpec(operator, versions);
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
    const writes = await writesOf(operator);
    const releases = stale.map((resource) => proxy.makeStale(resource, resourceVersion));
    await relist(proxy, stale);
    // Something to do, by what it knows.
    const edited = { metadata: { labels: { 'app.kubernetes.io/part-of': 'another' } } };
    for (const kind of KINDS) await environment.cluster.patch([kind, environment.namespace, 'web'], edited);
    await letRun(operator);
    expect((await writesOf(operator)).length - writes.length).toBeLessThan(FEW);
    for (const release of releases) release();
    await expectPresentSpec(operator, versions);
  });

  it('when another leader takes over', async () => {
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
    await expectPresentSpec(operator, versions);
  });
});

/** Has the API server say of each of these resources that it has forgotten where the watch was. */
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
  it('adopts no object: the garbage collector would delete that', async () => {
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
    await letRun(operator);
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
