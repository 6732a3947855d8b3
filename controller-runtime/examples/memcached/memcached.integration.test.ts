import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { load } from 'js-yaml';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { ApiServerConnection, type Condition, createManager, loadKubeConfig, type Manager } from 'controller-runtime';
import type { Cluster, LiveObject } from '../../../integration/testing/cluster.ts';
import { mapConcurrently } from '../../../integration/testing/map-concurrently.ts';
import { comparableState } from '../../../integration/testing/comparable-state.ts';
import { START_TIMEOUT_MS, startTestServer, type TestServer } from '../../../integration/testing/test-server.ts';
import { type CustomResourceDefinition, installCrd } from '../../testing/install-crd.ts';
import { inShort, isWrite } from '../../testing/audit-log.ts';
import { eventually } from '../../testing/eventually.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';
import type { ProxiedRequest } from '../../testing/proxied-request.ts';
import { RecordedLog } from '../../testing/recorded-log.ts';
import { untilIdle } from '../../testing/until-idle.ts';
import { addMemcachedController } from './controller.ts';

const MOST_LINES = 150;
const NAME = 'web';
const CRD_FILE = new URL('crd.yaml', import.meta.url);
const CREATION = [`patch deployments/${NAME}`, `patch services/${NAME}`, `update memcacheds/${NAME}/status`];

jest.setTimeout(120_000);

let server: TestServer;
let cluster: Cluster;
let namespace: string;
let controllers: RunningController[] = [];
let proxies: FaultProxy[] = [];

/** A manager with the example's controller, which runs in this process. */
class RunningController {
  static #count = 0;
  readonly #userAgent: string;
  readonly #namespace: string;
  readonly #manager: Manager;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor(watched: string, kubeConfig: KubeConfig) {
    RunningController.#count += 1;
    this.#namespace = watched;
    this.#userAgent = `memcached-operator/test-${RunningController.#count}`;
    this.#manager = createManager({
      connection: new ApiServerConnection(kubeConfig),
      log: new RecordedLog(),
      fieldManager: 'memcached-operator',
      userAgent: this.#userAgent,
      instance: 'test',
      namespaces: [watched],
    });
    addMemcachedController(this.#manager);
    this.#ended = this.#manager.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Resolves once the controller is idle. */
  async idle(): Promise<void> {
    await untilIdle(this.#manager, { client: cluster.client, namespaces: [this.#namespace] });
  }

  /** All writes so far except the first `after` ones. */
  async writes(after = 0): Promise<readonly string[]> {
    const requests = await server.audit.requests();
    const own = requests.filter((request) => request.userAgent === this.#userAgent && isWrite(request));
    return own.slice(after).map(inShort).toSorted();
  }
}

beforeAll(async () => {
  server = await startTestServer({ crd: false });
  ({ cluster } = server);
  // SAFETY: the API server validates it.
  await installCrd(cluster.client, load(readFileSync(CRD_FILE, 'utf8')) as CustomResourceDefinition);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = await cluster.createNamespace();
});

afterEach(async () => {
  await Promise.all(controllers.map((controller) => controller.stop()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  controllers = [];
  proxies = [];
});

const directKubeConfig = (): KubeConfig => loadKubeConfig({ kubeconfig: server.apiServer.kubeconfigPath });

function start(watched = namespace, kubeConfig = directKubeConfig()): RunningController {
  const controller = new RunningController(watched, kubeConfig);
  controllers.push(controller);
  return controller;
}

async function createMemcached(spec: object = { size: 3 }, into = namespace): Promise<void> {
  const metadata = { namespace: into, name: NAME };
  await cluster.create({ apiVersion: 'cache.example.com/v1alpha1', kind: 'Memcached', metadata, spec });
}

/** Starts a controller for a Memcached of three servers, and waits until it is idle. */
async function startWithMemcached(): Promise<RunningController> {
  await createMemcached();
  const controller = start();
  await condition('Degraded', { status: 'False' });
  await controller.idle();
  return controller;
}

const get = (kind: 'Memcached' | 'Deployment' | 'Service'): Promise<LiveObject> => cluster.get(kind, namespace, NAME);

/** Waits until a condition of the current generation is as expected. */
function condition(type: string, wanted: Partial<Condition>, into = namespace): Promise<void> {
  return eventually(async () => {
    const { metadata, status } = await cluster.get('Memcached', into, NAME);
    // SAFETY: the CustomResourceDefinition requires it.
    const conditions = (status?.['conditions'] ?? []) as readonly Condition[];
    const found = conditions.find((candidate) => candidate.type === type);
    expect({ ...found }).toMatchObject({ observedGeneration: metadata.generation, ...wanted });
  });
}

/** Acts as the Deployment controller. */
async function report(availableReplicas: number): Promise<void> {
  const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: availableReplicas, availableReplicas };
  await cluster.patchStatus(['Deployment', namespace, NAME], { observedGeneration: 1, ...counts });
}

describe('the Memcached controller', () => {
  it('creates a Deployment and a Service, which the Memcached controls', async () => {
    const controller = await startWithMemcached();
    const { metadata } = await get('Memcached');
    const owner = expect.objectContaining({ kind: 'Memcached', uid: metadata.uid, controller: true });
    expect(await get('Deployment')).toMatchObject({
      metadata: { ownerReferences: [owner] },
      spec: {
        replicas: 3,
        template: { spec: { containers: [{ image: 'memcached:1.6-alpine', ports: [{ containerPort: 11_211 }] }] } },
      },
    });
    expect(await get('Service')).toMatchObject({
      metadata: { ownerReferences: [owner] },
      spec: { ports: [{ port: 11_211, targetPort: 'memcached' }] },
    });
    expect(await controller.writes()).toEqual(CREATION);
  });

  it('reports the availability of the Deployment', async () => {
    const controller = await startWithMemcached();
    await condition('Available', { status: 'False', message: '0 of 3 replicas are available.' });
    await condition('Progressing', { status: 'True' });
    await report(1);
    await condition('Available', { status: 'True', message: '1 of 3 replicas are available.' });
    await condition('Progressing', { status: 'True' });
    await report(3);
    await condition('Progressing', { status: 'False', reason: 'RolledOut' });
    await controller.idle();
    expect(await controller.writes(CREATION.length)).toEqual([CREATION[2], CREATION[2]]);
  });

  it('updates each child by one write when the spec is edited', async () => {
    const controller = await startWithMemcached();
    const spec = { size: 5, containerPort: 11_212, image: 'registry.example.com/memcached:1.7' };
    await cluster.patch(['Memcached', namespace, NAME], { spec });
    await condition('Degraded', { status: 'False' });
    await controller.idle();
    expect(await get('Deployment')).toMatchObject({
      spec: {
        replicas: 5,
        template: { spec: { containers: [{ image: spec.image, ports: [{ containerPort: 11_212 }] }] } },
      },
    });
    expect((await get('Service')).spec).toMatchObject({ ports: [{ port: 11_212 }] });
    expect(await controller.writes(CREATION.length)).toEqual(CREATION);
  });

  it('repairs drift of its fields, re-creates deleted children, and keeps fields of other managers', async () => {
    const controller = await startWithMemcached();
    await cluster.patch(['Deployment', namespace, NAME], { metadata: { annotations: { team: 'blue' } } });
    await cluster.patch(['Deployment', namespace, NAME], { spec: { replicas: 1 } });
    await cluster.delete('Service', namespace, NAME);
    await eventually(async () => {
      const deployment = await get('Deployment');
      expect(deployment.spec).toMatchObject({ replicas: 3 });
      expect(deployment.metadata.annotations).toMatchObject({ team: 'blue' });
      await get('Service');
    });
    await controller.idle();
    expect(await controller.writes(CREATION.length)).toEqual([CREATION[0], CREATION[1]]);
  });

  it('never writes an object that another controller owns, and recovers once it is deleted', async () => {
    const labels = { 'app.kubernetes.io/name': 'memcached', 'app.kubernetes.io/instance': NAME };
    const foreign = await cluster.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name: NAME, labels },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x' }] } },
      },
    });
    await createMemcached();
    const controller = start();
    await condition('Degraded', { status: 'True', reason: 'NameConflict' });
    await controller.idle();
    expect(await get('Deployment')).toEqual(foreign);
    expect(await controller.writes()).toEqual(CREATION.slice(1));

    await cluster.delete('Deployment', namespace, NAME);
    await condition('Degraded', { status: 'False' });
    expect((await get('Deployment')).spec).toMatchObject({ replicas: 3 });
  });

  it('writes nothing after a restart', async () => {
    const first = await startWithMemcached();
    await first.stop();
    const second = start();
    await second.idle();
    expect(await second.writes()).toEqual([]);
  });

  it.each([0, 6])('has 1 to 5 servers: %i are rejected', async (size) => {
    await expect(createMemcached({ size })).rejects.toMatchObject({ code: 422 });
  });
});

/** The changes to a Memcached, in order. */
const PHASES = {
  created: (into: string) => createMemcached({ size: 3 }, into),
  edited: (into: string) => cluster.patch(['Memcached', into, NAME], { spec: { size: 5, containerPort: 11_212 } }),
};

/** A write of a phase, before or after which the controller is killed. */
interface Point {
  readonly phase: keyof typeof PHASES;
  readonly write: string;
  readonly fault: 'kill before' | 'kill after';
}

const POINTS: readonly Point[] = (['created', 'edited'] as const).flatMap((phase) =>
  CREATION.flatMap((write) => (['kill before', 'kill after'] as const).map((fault) => ({ phase, write, fault }))),
);

/** The final state of a Memcached in each phase if the controller is killed at this point and restarted. */
async function runKilledAt(point: Point | undefined): Promise<readonly unknown[]> {
  const into = await cluster.createNamespace();
  const ends: unknown[] = [];
  for (const [phase, happen] of Object.entries(PHASES)) {
    if (point?.phase === phase) await runUntilKilled(point, into);
    else await happen(into);
    const next = start(into);
    await condition('Degraded', { status: 'False' }, into);
    await next.idle();
    expect((await next.writes()).length).toBeLessThanOrEqual(CREATION.length);
    await next.stop();
    ends.push(await endState(into));
  }
  return ends;
}

async function runUntilKilled(point: Point, into: string): Promise<void> {
  const proxy = await FaultProxy.start(server.apiServer.kubeConfig);
  proxies.push(proxy);
  let isKilled = false;
  proxy.fault = (request) => {
    if (describeRequest(request) !== point.write) return undefined;
    isKilled = true;
    return { type: point.fault };
  };
  const controller = start(into, proxy.kubeConfig);
  await PHASES[point.phase](into);
  await eventually(() => expect({ point, isKilled }).toEqual({ point, isKilled: true }));
  await controller.stop();
}

function describeRequest({ verb, resource, name, subresource }: ProxiedRequest): string {
  return [`${verb} ${resource}`, name, ...(subresource === '' ? [] : [subresource])].join('/');
}

/** The Memcached and its children, without fields that depend on the namespace or the time. */
async function endState(into: string): Promise<unknown> {
  const kinds = ['Memcached', 'Deployment', 'Service'] as const;
  const objects = await Promise.all(kinds.map((kind) => cluster.find(kind, into, NAME)));
  const text = JSON.stringify(objects.map(comparableState));
  const uid = objects[0]?.metadata.uid ?? '';
  return JSON.parse(text.replaceAll(into, 'NAMESPACE').replaceAll(uid, 'UID'), (field, value: unknown) =>
    field === 'lastTransitionTime' ? field : value,
  );
}

describe('a controller that is killed', () => {
  it('at any write reaches the same final state after its restart, without an unnecessary write', async () => {
    const undisturbed = await runKilledAt(undefined);
    const ends = await mapConcurrently(POINTS, async (point) => ({ point, end: await runKilledAt(point) }));
    expect(ends).toEqual(POINTS.map((point) => ({ point, end: undisturbed })));
  });
});

describe('the example', () => {
  it('runs as `node main.ts` with a kubeconfig, and stops at SIGTERM', async () => {
    await createMemcached();
    const main = new URL('main.ts', import.meta.url).pathname;
    const env = { PATH: process.env['PATH'], KUBECONFIG: server.apiServer.kubeconfigPath };
    const child: ChildProcess = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const exited = once(child, 'exit');
    try {
      await condition('Degraded', { status: 'False' });
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });

  it(`has at most ${MOST_LINES} lines of TypeScript`, () => {
    const files = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts'] });
    const lines = files.map((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').split('\n').length - 1);
    expect(files).toContain('main.ts');
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MOST_LINES);
  });
});
