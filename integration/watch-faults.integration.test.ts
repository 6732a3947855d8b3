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
const WATCHED = ['temperatureconverters', 'deployments', 'services', 'horizontalpodautoscalers'];

const environment = setUpTestEnvironment();

/** An operator behind a proxy, with a resource whose children there are. */
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
  await operator.idle();
  return { proxy, operator, namespace };
}

/** What users and others do; it comes to the same end whatever the watches tell on the way. */
async function live({ operator, namespace }: Setting): Promise<unknown> {
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
  await operator.idle();
  return finalState(cluster, namespace, NAME);
}

/** Tells everything that it has told, again, with each event. */
function replay(): RewriteEvent {
  const told = new Map<string, ProxiedEvent[]>();
  return (event, { resource }) => {
    const before = told.get(resource) ?? [];
    told.set(resource, [...before, event]);
    return [...before, event];
  };
}

/** Tells something else in place of each so many-th event. */
function every(count: number, instead: (event: ProxiedEvent) => ReturnType<RewriteEvent>): RewriteEvent {
  let events = 0;
  return (event) => {
    events += 1;
    return events % count === 0 ? instead(event) : [event];
  };
}

function errorOf(code: number): ProxiedEvent {
  const status = { kind: 'Status', code, reason: code === 410 ? 'Expired' : 'InternalError' };
  // SAFETY: with an ERROR comes a Status instead of an object.
  return { type: 'ERROR', object: status as unknown as ProxiedEvent['object'] };
}

describe('a watch', () => {
  it.each([
    ['that tells each event twice', () => every(1, (event) => [event, event])],
    ['that tells each event again with every later one', replay],
    ['that breaks off before every second event, which it never told', () => every(2, () => ['break' as const])],
    ['that breaks off after every event', () => every(1, (event) => [event, 'break' as const])],
    ['that ends with a 410 after every second event', () => every(2, (event) => [event, errorOf(410)])],
    ['that ends with a 500 in place of every second event', () => every(2, () => [errorOf(500)])],
  ] as const)('%s leads to the same end', async (_what, rewrite) => {
    const undisturbed = await live(await setUp());
    const setting = { ...(await setUpElsewhere(rewrite())) };
    expect(await live(setting)).toEqual(undisturbed);
    expect(setting.proxy.requests.length).toBeLessThan(120);
  });

  it('that repeats itself causes no write', async () => {
    const { operator } = await setUp(replay());
    await operator.idle();
    expect(await operator.writes()).toHaveLength(4);
  });

  it('that is broken, time and again, is resumed without a list and without a write', async () => {
    const { operator, proxy } = await setUp();
    const lists = await operator.metric('reflector_lists_total');
    for (let round = 0; round < 10; round += 1) {
      proxy.breakWatches();
      await eventually(() => expect(proxy.watching).toBe(0));
      await eventually(() => {
        operator.clock.advance(30_000);
        expect(proxy.watching).toBe(WATCHED.length + 1);
      });
    }
    await operator.idle();
    expect(await operator.metric('reflector_lists_total')).toBe(lists);
    expect(proxy.requests.filter(isProxiedWrite)).toHaveLength(4);
  });
});

describe('what a watch tells late', () => {
  it.each(WATCHED)('of %s, is not written over with what was before', async (resource) => {
    const { cluster, namespace } = environment;
    const { operator, proxy } = await setUp();
    const release = proxy.hold(resource);
    await cluster.patch(['TemperatureConverter', namespace, NAME], {
      spec: { service: { port: 81 }, logLevel: 'debug' },
    });
    await cluster.patch(['HorizontalPodAutoscaler', namespace, NAME], { spec: { maxReplicas: 9 } });
    await operator.idle();
    release();
    await environment.applied(NAME);
    await operator.idle();
    const { Deployment, Service, HorizontalPodAutoscaler } = await cluster.children(namespace, NAME);
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    expect(JSON.stringify(Deployment.spec)).toContain('"value":"debug"');
    expect(HorizontalPodAutoscaler.spec).toMatchObject({ maxReplicas: 5 });
    // Each was written once for the new spec, the autoscaler once for its repair.
    const writes = (await operator.writes(4)).filter((write) => !write.endsWith('/status'));
    expect(writes).toEqual(['patch deployments/web', 'patch horizontalpodautoscalers/web', 'patch services/web']);
  });

  it('of all at once, in any order, comes to what is wanted last', async () => {
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

  it('of states in between may be left out', async () => {
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

describe('an operator that starts from lists of the past', () => {
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

  it('of all kinds comes to the present', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await setUp();
    const past = await recordLists();
    await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 81 } } });
    await environment.applied(NAME);
    await operator.idle();
    const present = await finalState(cluster, namespace, NAME);
    await operator.stop();
    const restarted = await startInThePast(past);
    await restarted.synced();
    await restarted.idle(300);
    expect(await finalState(cluster, namespace, NAME)).toEqual(present);
  });

  it.each(KINDS)('when the %s was not there yet, leaves it as it is', async (kind) => {
    const { cluster, namespace } = environment;
    const plural = `${kind.toLowerCase()}s`;
    const { [plural]: before = {} } = await recordLists();
    const { operator } = await setUp();
    await operator.stop();
    const children = await cluster.children(namespace, NAME);
    const restarted = await startInThePast({ [plural]: before });
    await restarted.synced();
    await restarted.idle(300);
    expect(await cluster.children(namespace, NAME)).toEqual(children);
    await environment.applied(NAME);
  });

  it('in which a resource stands that is gone, leaves what somebody else made of that name', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await setUp();
    const past = await recordLists();
    await operator.stop();
    await cluster.delete('TemperatureConverter', namespace, NAME);
    for (const kind of KINDS) await cluster.delete(kind, namespace, NAME);
    const theirs = await cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: NAME },
      spec: { selector: { app: 'theirs' }, ports: [{ port: 1234 }] },
    });
    const restarted = await startInThePast(past);
    await restarted.synced();
    await restarted.idle(300);
    expect(await cluster.get('Service', namespace, NAME)).toEqual(theirs);
  });
});

/** The same setting in a namespace of its own, beside one that there is already. */
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

/** Starts an operator whose first lists are these. */
async function startInThePast(past: Readonly<Record<string, object>>): Promise<RunningOperator> {
  const proxy = await environment.startProxy();
  proxy.fault = ({ verb, resource }) => {
    if (verb === 'stream') return { type: 'answer', status: 422 };
    const body = verb === 'list' ? past[resource] : undefined;
    return body === undefined ? undefined : { type: 'answer', status: 200, body };
  };
  return environment.start({ kubeConfig: proxy.kubeConfig });
}
