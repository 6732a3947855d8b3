import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalState } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import { isProxiedWrite } from '../controller-runtime/testing/proxied-request.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import type { ProxiedEvent, RewriteEvent } from '../controller-runtime/testing/watch-stream.ts';

const NAME = 'web';
const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const WATCHED = [
  'temperatureconverters',
  'deployments',
  'services',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
];

const environment = setUpTestEnvironment();

/** An operator behind a proxy, and a resource with its children. */
interface Setting {
  readonly proxy: FaultProxy;
  readonly operator: RunningOperator;
  readonly namespace: string;
}

async function setUp(rewrite: RewriteEvent = (event) => [event]): Promise<Setting> {
  const { cluster, namespace } = environment;
  const proxy = await environment.startProxy();
  proxy.rewrite = rewrite;
  const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
  await cluster.createConverter(namespace, NAME);
  await environment.applied(NAME);
  await advanceUntilIdle(operator);
  return { proxy, operator, namespace };
}

/** Waits until the operator is idle. Its clock advances, since a watch that ends repeatedly is reopened after up to 30 s. */
async function advanceUntilIdle(operator: RunningOperator): Promise<void> {
  const advancing = setInterval(() => operator.clock.advance(1000), 100);
  try {
    await operator.idle();
  } finally {
    clearInterval(advancing);
  }
}

/** Changes the resource and its children, and returns the final state, which must not depend on the watch events. */
async function runChanges({ operator, namespace }: Setting): Promise<unknown> {
  const { cluster } = environment;
  const patch = (spec: object): Promise<unknown> => cluster.patch(['TemperatureConverter', namespace, NAME], { spec });
  await patch({ service: { port: 81 } });
  await eventually(async () => {
    operator.clock.advance(1000);
    expect((await cluster.get('Service', namespace, NAME)).spec).toMatchObject({ ports: [{ port: 81 }] });
  });
  await cluster.delete('Service', namespace, NAME);
  await cluster.patch(['HorizontalPodAutoscaler', namespace, NAME], { spec: { maxReplicas: 9 } });
  await patch({ service: { port: 82 }, logLevel: 'debug' });
  await eventually(async () => {
    operator.clock.advance(1000);
    const children = await cluster.children(namespace, NAME);
    expect(children.Service.spec).toMatchObject({ ports: [{ port: 82 }] });
    expect(children.HorizontalPodAutoscaler.spec).toMatchObject({ maxReplicas: 5 });
    const { status, metadata } = await cluster.converter(namespace, NAME);
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      url: `http://${NAME}.${namespace}.svc:82`,
    });
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Reconciled', reason: 'Applied' }));
  });
  await advanceUntilIdle(operator);
  return finalState(cluster, namespace, NAME);
}

/** Repeats all earlier events of the resource before each event. */
function replay(): RewriteEvent {
  const sent = new Map<string, ProxiedEvent[]>();
  return (event, { resource }) => {
    const before = sent.get(resource) ?? [];
    sent.set(resource, [...before, event]);
    return [...before, event];
  };
}

/** Replaces every `interval`-th event. */
function replaceEvery(interval: number, replacement: (event: ProxiedEvent) => ReturnType<RewriteEvent>): RewriteEvent {
  let events = 0;
  return (event) => {
    events += 1;
    return events % interval === 0 ? replacement(event) : [event];
  };
}

function errorEvent(code: number): ProxiedEvent {
  const status = { kind: 'Status', code, reason: code === 410 ? 'Expired' : 'InternalError' };
  // SAFETY: the object of an ERROR event is a Status.
  return { type: 'ERROR', object: status as unknown as ProxiedEvent['object'] };
}

describe('a watch', () => {
  it.each([
    ['that sends each event twice', () => replaceEvery(1, (event) => [event, event])],
    ['that repeats all earlier events with each event', replay],
    ['that disconnects instead of every second event', () => replaceEvery(2, () => ['break' as const])],
    ['that disconnects after every event', () => replaceEvery(1, (event) => [event, 'break' as const])],
    ['that ends with a 410 after every second event', () => replaceEvery(2, (event) => [event, errorEvent(410)])],
    ['that ends with a 500 instead of every second event', () => replaceEvery(2, () => [errorEvent(500)])],
  ] as const)('%s leads to the same final state', async (_title, rewrite) => {
    const expected = await runChanges(await setUp());
    const setting = await setUpElsewhere(rewrite());
    expect(await runChanges(setting)).toEqual(expected);
    expect(setting.proxy.requests.length).toBeLessThan(120);
  });

  it('that repeats events causes no write', async () => {
    const { operator } = await setUp(replay());
    await operator.idle();
    expect(await operator.writes()).toHaveLength(4);
  });

  it('that disconnects repeatedly is resumed without a list and without a write', async () => {
    const { operator, proxy } = await setUp();
    const lists = await operator.metric('reflector_lists_total');
    for (let round = 0; round < 10; round += 1) {
      proxy.breakWatches();
      await eventually(() => expect(proxy.watching).toBe(0));
      await eventually(() => {
        // In small steps: a check that is answered ten seconds later counts as an outage.
        operator.clock.advance(1_000);
        expect(proxy.watching).toBe(WATCHED.length + 1);
      });
    }
    await operator.idle();
    expect(await operator.metric('reflector_lists_total')).toBe(lists);
    expect(proxy.requests.filter(isProxiedWrite)).toHaveLength(4);
  });
});

describe('a delayed watch', () => {
  it.each(WATCHED)('of %s does not revert later writes', async (resource) => {
    const { cluster, namespace } = environment;
    const { operator, proxy } = await setUp();
    const release = proxy.hold(resource);
    await cluster.patch(['TemperatureConverter', namespace, NAME], {
      spec: { service: { port: 81 }, logLevel: 'debug' },
    });
    await cluster.patch(['HorizontalPodAutoscaler', namespace, NAME], { spec: { maxReplicas: 9 } });
    await operator.idle({ except: [resource] });
    release();
    await environment.applied(NAME);
    await operator.idle();
    const { Deployment, Service, HorizontalPodAutoscaler } = await cluster.children(namespace, NAME);
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    expect(JSON.stringify(Deployment.spec)).toContain('"value":"debug"');
    expect(HorizontalPodAutoscaler.spec).toMatchObject({ maxReplicas: 5 });
    // One write per child for the new spec; that of the autoscaler also repairs it.
    const writes = (await operator.writes(4)).filter((write) => !write.endsWith('/status'));
    expect(writes).toEqual(['patch deployments/web', 'patch horizontalpodautoscalers/web', 'patch services/web']);
  });

  it('of all kinds, released in reverse order, reaches the last spec', async () => {
    const { cluster, namespace } = environment;
    const { operator, proxy } = await setUp();
    const releases = WATCHED.toReversed().map((resource) => proxy.hold(resource));
    for (const port of [81, 82, 83]) {
      await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port } } });
    }
    await cluster.delete('Service', namespace, NAME);
    for (const release of releases) release();
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, NAME)).spec).toMatchObject({ ports: [{ port: 83 }] });
    });
    await environment.applied(NAME);
  });

  it('may omit intermediate versions', async () => {
    const { cluster, namespace } = environment;
    const { proxy } = await setUp();
    const release = proxy.hold('temperatureconverters');
    let last = '';
    for (const port of [81, 82, 83]) {
      const patched = await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port } } });
      last = patched.metadata.resourceVersion;
    }
    proxy.rewrite = (event) => (Number(event.object.metadata.resourceVersion) < Number(last) ? [] : [event]);
    release();
    await environment.applied(NAME);
    expect((await cluster.get('Service', namespace, NAME)).spec).toMatchObject({ ports: [{ port: 83 }] });
  });
});

describe('an operator that starts with stale lists', () => {
  const paths = {
    temperatureconverters: 'apis/temperature-converter.io/v1',
    deployments: 'apis/apps/v1',
    services: 'api/v1',
    horizontalpodautoscalers: 'apis/autoscaling/v2',
  } as const;

  async function recordLists(): Promise<Readonly<Record<string, object>>> {
    const lists = Object.entries(paths).map(async ([plural, root]) => {
      const path = `/${root}/namespaces/${environment.namespace}/${plural}`;
      return [plural, await environment.cluster.client.send<object>({ method: 'GET', path })] as const;
    });
    return Object.fromEntries(await Promise.all(lists));
  }

  it('of all kinds reaches the current state', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await setUp();
    const stale = await recordLists();
    await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 81 } } });
    await environment.applied(NAME);
    await operator.idle();
    const expected = await finalState(cluster, namespace, NAME);
    await operator.stop();
    const restarted = await startWithStaleLists(stale);
    await restarted.synced();
    await restarted.quiet(300);
    expect(await finalState(cluster, namespace, NAME)).toEqual(expected);
  });

  it.each(KINDS)('without the existing %s does not modify it', async (kind) => {
    const { cluster, namespace } = environment;
    const plural = `${kind.toLowerCase()}s`;
    const { [plural]: before = {} } = await recordLists();
    const { operator } = await setUp();
    await operator.stop();
    const children = await cluster.children(namespace, NAME);
    const restarted = await startWithStaleLists({ [plural]: before });
    await restarted.synced();
    await restarted.quiet(300);
    expect(await cluster.children(namespace, NAME)).toEqual(children);
    await environment.applied(NAME);
  });

  it('with a deleted resource does not modify a foreign object of the same name', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await setUp();
    const stale = await recordLists();
    await operator.stop();
    await cluster.delete('TemperatureConverter', namespace, NAME);
    for (const kind of KINDS) await cluster.delete(kind, namespace, NAME);
    const foreign = await cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: NAME },
      spec: { selector: { app: 'foreign' }, ports: [{ port: 1234 }] },
    });
    const restarted = await startWithStaleLists(stale);
    await restarted.synced();
    await restarted.quiet(300);
    expect(await cluster.get('Service', namespace, NAME)).toEqual(foreign);
  });
});

/** Sets up the same in a new namespace. */
async function setUpElsewhere(rewrite: RewriteEvent): Promise<Setting> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  const proxy = await environment.startProxy();
  proxy.rewrite = rewrite;
  const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig, watchNamespaces: [namespace] });
  await cluster.createConverter(namespace, NAME);
  await eventually(async () => {
    operator.clock.advance(1000);
    expect((await cluster.converter(namespace, NAME)).status?.observedGeneration).toBe(1);
  });
  return { proxy, operator, namespace };
}

/** Starts an operator that gets these lists as its initial lists. */
async function startWithStaleLists(lists: Readonly<Record<string, object>>): Promise<RunningOperator> {
  const proxy = await environment.startProxy();
  proxy.fault = ({ verb, resource }) => {
    if (verb === 'stream') return { type: 'answer', status: 422 };
    const body = verb === 'list' ? lists[resource] : undefined;
    return body === undefined ? undefined : { type: 'answer', status: 200, body };
  };
  return environment.start({ kubeConfig: proxy.kubeConfig });
}
