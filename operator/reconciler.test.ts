import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from './api/example-converter.ts';
import type { Condition, TemperatureConverterStatus } from './api/temperature-converter.ts';
import type { ChildKind } from './children/child.ts';
import { OWNER_GENERATION_ANNOTATION } from './children/labels.ts';
import { FIELD_MANAGER } from './children/labels.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { FakeServer, type ReceivedRequest } from '../controller-runtime/testing/fake-server.ts';
import { EventRecorder } from '../controller-runtime/events/event-recorder.ts';
import { FakeClock } from '../controller-runtime/testing/fake-clock.ts';
import { RecordedLog } from '../controller-runtime/testing/recorded-log.ts';
import type { BackoffPolicy } from '../controller-runtime/clock/backoff.ts';
import type { Outcome } from '../controller-runtime/queue/workers.ts';
import { type Caches, createCaches } from './caches.ts';
import { PERSISTENT, STARTING, TERMINATING, TRANSIENT } from './status/failure.ts';
import { errorPolicy, Reconciler } from './reconciler.ts';
import { Cache } from '../controller-runtime/cache/cache.ts';
import type { MakeCache } from './caches.ts';

const makeCache: MakeCache = (resource, options) => new Cache(resource, options);

const KEY = 'blue/web';
const ALL = undefined;
const DONE = { type: 'done' };

/** The managed fields of the operator's apply, as far as a reconcile reads them. */
const MANAGED_FIELDS = [
  {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${OWNER_GENERATION_ANNOTATION}`]: {} } } },
  },
];

/** What is answered to a request: an error for the code of one; in place of the object as it was written, `body`. */
interface Answer {
  readonly code: number;
  readonly body?: object;
  readonly retryAfter?: string;
}

let server: FakeServer;
let clock: FakeClock;
let caches: Caches;
let failures: number;
let log: RecordedLog;
let reconciler: Reconciler;
/** The path of each request. */
let requests: string[];
/** What each write was of: the plural of a kind of child, or `status`. */
let writes: string[];
/** The answers to requests that are not answered as usual, by the plural or `status`. */
let answers: Record<string, Answer>;
let resourceVersion: number;

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new FakeClock();
  caches = createCaches(makeCache);
  failures = 0;
  requests = [];
  writes = [];
  answers = {};
  resourceVersion = 40;
  log = new RecordedLog();
  const client = server.client();
  reconciler = new Reconciler({
    client,
    caches,
    clock,
    random: () => 1,
    log,
    defaults: { image: 'converter:1' },
    recorder: new EventRecorder({ client, clock, log, reporter: { controller: 'c', instance: 'i' } }),
  });
  void serve();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Plays the API server, which takes each write unless `answers` says otherwise. */
async function serve(): Promise<never> {
  for (;;) {
    const exchange = await server.next();
    const what = subjectOf(exchange.request);
    requests.push(exchange.request.path);
    if (exchange.request.method !== 'GET' && what !== 'events') writes.push(what);
    const { code, body = {}, retryAfter } = answers[what] ?? { code: 200 };
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    if (code >= 300) exchange.refuse(code, body, headers);
    else if (exchange.request.method === 'GET') exchange.answer(code, { metadata: { resourceVersion: '1' }, ...body });
    else exchange.answer(code, { ...written(what, exchange.request.body), ...body });
  }
}

/** The plural of what a request reads or writes, such as `services`, or `status`. */
function subjectOf({ method, path }: ReceivedRequest): string {
  const parts = path.split('/');
  if (parts.at(-1) === 'status') return 'status';
  return parts.at(method === 'PATCH' ? -2 : -1) ?? '';
}

/** The object that comes of a write. */
function written(what: string, body: unknown): object {
  resourceVersion += 1;
  // SAFETY: what is written is an object with metadata.
  const { metadata, ...object } = body as { metadata: object; status?: object };
  const version = { uid: `uid-of-${what}`, ...metadata, resourceVersion: String(resourceVersion) };
  if (what !== 'status') return { ...object, metadata: { ...version, managedFields: MANAGED_FIELDS } };
  const stored = caches.converters.get(KEY);
  return { ...stored, ...object, metadata: { ...stored?.metadata, ...version } };
}

/** Puts a resource into the cache as the watch reports it, and reconciles it. Its status is empty unless it is given. */
function reconcile(resource = exampleConverter()): ReturnType<typeof reconcileAgain> {
  resourceVersion += 1;
  const metadata = { ...resource.metadata, resourceVersion: String(resourceVersion) };
  caches.converters.upsert(ALL, { ...resource, metadata });
  return reconcileAgain();
}

/** Reconciles the cached resource; gives the result, or the error with how it is retried. */
async function reconcileAgain(): Promise<Outcome & { policy?: BackoffPolicy }> {
  const object = caches.converters.get(KEY);
  if (object === undefined) throw new Error('there is no resource');
  try {
    const outcome = await reconciler.reconcile({ object, key: KEY, failures, log });
    return outcome.type === 'error' ? { ...outcome, policy: errorPolicy(outcome.error) } : outcome;
  } catch (error) {
    return { type: 'error', policy: errorPolicy(error), error };
  }
}

/** Lets another writer change the spec of a child. */
function change(kind: ChildKind, spec: object): void {
  const child = caches.children[kind].get(KEY);
  if (child === undefined) throw new Error(`there is no ${kind}`);
  resourceVersion += 1;
  const metadata = { ...child.metadata, resourceVersion: String(resourceVersion) };
  caches.children[kind].upsert(ALL, { ...child, metadata, spec: { ...child.spec, ...spec } });
}

const storedStatus = (): TemperatureConverterStatus | undefined => caches.converters.get(KEY)?.status;
const condition = (type: string): Condition | undefined =>
  storedStatus()?.conditions?.find((candidate) => candidate.type === type);

/** How often the status was written. */
const statusWrites = (): number => writes.filter((what) => what === 'status').length;

describe('a reconcile', () => {
  it('creates the children of a new resource, writes its status, and has nothing to write after that', async () => {
    expect(await reconcile()).toEqual(DONE);
    expect(writes.toSorted()).toEqual(['deployments', 'horizontalpodautoscalers', 'services', 'status']);
    expect(storedStatus()?.observedGeneration).toBe(3);
    expect(caches.children.Service.get(KEY)?.metadata.uid).toBe('uid-of-services');
    expect(await reconcileAgain()).toEqual(DONE);
    expect(writes).toHaveLength(4);
  });

  it('logs a resource that is created, changed and deleted', async () => {
    await reconcile();
    await reconcileAgain();
    await reconcile(
      exampleConverter({ metadata: { generation: 4 }, spec: { service: { port: 81, type: 'ClusterIP' } } }),
    );
    reconciler.forget(KEY);
    reconciler.forget(KEY);
    const lines = log.lines.filter(({ level }) => level === 'info');
    expect(lines.map(({ message, fields }) => ({ message, ...fields }))).toEqual([
      {
        message: 'TemperatureConverter created',
        generation: 3,
        created: ['Deployment', 'Service', 'HorizontalPodAutoscaler'],
      },
      expect.objectContaining({ message: 'TemperatureConverter changed', generation: 4 }),
      { message: 'TemperatureConverter deleted', namespace: 'blue', name: 'web' },
    ]);
    expect(lines[1]?.fields).toMatchObject({ updated: expect.arrayContaining(['Service']) });
  });

  it('logs a repair with what was changed', async () => {
    await reconcile();
    change('Service', { type: 'NodePort' });
    log.lines.splice(0);
    await reconcileAgain();
    expect(log.lines.map(({ message }) => message)).toEqual(['repaired drift', 'reconciled']);
    expect(log.lines[0]?.fields).toMatchObject({ kind: 'Service', fields: ['spec.type'], by: { type: 'unknown' } });
  });

  it.each([
    ['paused', exampleConverter({ spec: { paused: true } })],
    ['being deleted', exampleConverter({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
  ])('writes only the status of a resource that is %s', async (_case, resource) => {
    expect(await reconcile(resource)).toEqual(DONE);
    expect(writes).toEqual(['status']);
  });
});

describe('after a write of a child that failed, a reconcile writes the status, and', () => {
  it.each<[string, Record<string, Answer>, object]>([
    ['retries soon what passes by itself', { services: { code: 500 } }, { policy: TRANSIENT }],
    ['retries now and then what needs a person', { services: { code: 403 } }, { policy: PERSISTENT }],
    [
      'retries soon where one of two failures passes by itself',
      { deployments: { code: 403 }, services: { code: 500 } },
      { policy: TRANSIENT },
    ],
    [
      'retries now and then in a namespace that is being deleted',
      { services: { code: 403, body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } } } },
      { policy: TERMINATING },
    ],
  ])('%s', async (_case, failing, outcome) => {
    answers = failing;
    expect(await reconcile()).toMatchObject({ type: 'error', ...outcome });
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: condition('Reconciled')?.reason });
    expect(statusWrites()).toBe(1);
  });

  it('retries within seconds, without an event, while the API server does not know the kind yet', async () => {
    const message =
      'services "web" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion temperature-converter.io/v1 Kind TemperatureConverter';
    answers = { services: { code: 403, body: { message } } };
    expect(await reconcile()).toMatchObject({ type: 'error', policy: STARTING });
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'ApiNotReady' });
    expect(condition('Ready')?.message).not.toContain('Grant');
    expect(condition('Stalled')).toBeUndefined();
    expect(requests.filter((path) => path.includes('events'))).toEqual([]);
  });

  it('retries a denial with 409 as a denial, and not as a conflict', async () => {
    const message = 'admission webhook "policy.example.com" denied the request: no';
    answers = { services: { code: 409, body: { message } } };
    expect(await reconcile()).toMatchObject({ type: 'error', policy: PERSISTENT });
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason: 'Denied' });
  });

  it('writes the status no second time while the failure is the same', async () => {
    answers = { services: { code: 403 } };
    await reconcile();
    await reconcileAgain();
    expect(writes.filter((what) => what === 'services')).toHaveLength(2);
    expect(statusWrites()).toBe(1);
  });
});

it('a failure along with a delayed repair is retried when the delay is over at the latest', async () => {
  await reconcile();
  await changeRepeatedly(5);
  answers = { horizontalpodautoscalers: { code: 403 } };
  change('HorizontalPodAutoscaler', { maxReplicas: 9 });
  expect(await changeRepeatedly(1)).toMatchObject({ type: 'error', policy: PERSISTENT, atMostMs: 5000 });
});

describe('a conflict in the write of a child', () => {
  it.each([0, 1, 2])('is retried soon and not reported after %d failures', async (count) => {
    failures = count;
    answers = { services: { code: 409 } };
    expect(await reconcile()).toMatchObject({ type: 'error', policy: TRANSIENT, error: { code: 409 } });
    expect(writes).not.toContain('status');
  });

  it('is reported after three failures', async () => {
    failures = 3;
    answers = { services: { code: 409 } };
    expect(await reconcile()).toMatchObject({ type: 'error', policy: TRANSIENT, error: { code: 409 } });
    expect(condition('Reconciled')).toMatchObject({ status: 'False', reason: 'ApiUnavailable' });
  });
});

describe('a child that admission plug-ins change', () => {
  it('is reported as applied, and written again after an hour', async () => {
    answers = { services: { code: 200, body: { spec: { type: 'LoadBalancer' } } } };
    expect(await reconcile()).toEqual({ type: 'requeueAfter', afterMs: 3_600_000, cause: 'delay over' });
    expect(condition('Reconciled')).toMatchObject({
      status: 'True',
      reason: 'ChangedByAdmission',
      message: expect.stringContaining('spec.type "ClusterIP" became "LoadBalancer"'),
    });
    await reconcileAgain();
    expect(writes).toHaveLength(4);
  });
});

/** Changes the Service and reconciles, so many times. */
async function changeRepeatedly(times: number): Promise<unknown> {
  let outcome: unknown;
  for (let count = 0; count < times; count += 1) {
    change('Service', { type: 'NodePort' });
    outcome = await reconcileAgain();
  }
  return outcome;
}

describe('a child that another writer keeps changing', () => {
  beforeEach(async () => {
    await reconcile();
  });

  it('is reconciled again when its delay is over, and is reported once for the whole time', async () => {
    expect(await changeRepeatedly(5)).toEqual({ type: 'requeueAfter', afterMs: 5000, cause: 'delay over' });
    expect(condition('Reconciled')).toMatchObject({ status: 'False', reason: 'Contested' });
    const count = statusWrites();
    for (let repairs = 0; repairs < 3; repairs += 1) {
      clock.advance(5000);
      await reconcileAgain();
      await changeRepeatedly(1);
    }
    expect(statusWrites()).toBe(count);
  });

  it('is repaired at once in a new resource of the same name', async () => {
    await changeRepeatedly(5);
    caches.converters.replace(ALL, [], '1000');
    reconciler.forget(KEY);
    caches.converters.upsert(ALL, exampleConverter({ metadata: { resourceVersion: '1001' } }));
    await reconcileAgain();
    expect(caches.children.Service.get(KEY)).toMatchObject({ spec: { type: 'ClusterIP' } });
  });
});

describe('a cached resource that is stale', () => {
  const REQUEUED = { type: 'requeueAfter', afterMs: 5000, cause: 'stale resource' };

  it('since its children were written for a newer generation, has no child and no status written', async () => {
    await reconcile(exampleConverter({ metadata: { generation: 4 } }));
    change('Service', { type: 'NodePort' });
    writes = [];
    const current = exampleConverter({ metadata: { generation: 4 } });
    answers = { temperatureconverters: { code: 200, body: { items: [current] } } };
    expect(await reconcile(exampleConverter({ metadata: { generation: 3 } }))).toEqual(REQUEUED);
    expect(writes).toEqual([]);
    answers = {};
    await reconcile(exampleConverter({ metadata: { generation: 4 } }));
    expect(writes).toContain('services');
  });

  it('since the API server has it no more, adopts no child and has no status written', async () => {
    await reconcile();
    const child = caches.children.Service.get(KEY);
    if (child === undefined) throw new Error('there is no Service');
    const { ownerReferences: _owners, ...metadata } = child.metadata;
    caches.children.Service.upsert(ALL, { ...child, metadata: { ...metadata, resourceVersion: '900' } });
    writes = [];
    answers = { temperatureconverters: { code: 200, body: { items: [] } } };
    expect(await reconcileAgain()).toEqual(REQUEUED);
    expect(writes).toEqual([]);
  });
});

describe('the status', () => {
  const DELAYED = { type: 'requeueAfter', cause: 'delay over' };

  it('is not needed when the resource is gone', async () => {
    answers = { status: { code: 404, body: { details: { name: 'web' } } } };
    expect(await reconcile()).toEqual(DONE);
    expect(storedStatus()).toBeUndefined();
  });

  it.each([409, 500])('that cannot be written (%d) is retried', async (code) => {
    answers = { status: { code } };
    expect(await reconcile()).toMatchObject({ type: 'error', policy: TRANSIENT, error: { name: 'ApiError', code } });
    answers = {};
    // The watch has reported the version that the conflict was about.
    expect(await reconcile()).toEqual(DONE);
    expect(storedStatus()?.observedGeneration).toBe(3);
  });

  it('that another writer keeps replacing is written four times at once, and then every five seconds', async () => {
    for (let count = 0; count < 4; count += 1) expect(await reconcile()).toEqual(DONE);
    expect(await reconcile()).toEqual({ ...DELAYED, afterMs: 5000 });
    expect([statusWrites(), storedStatus()]).toEqual([4, undefined]);
    clock.advance(5000);
    expect(await reconcileAgain()).toEqual(DONE);
    expect([statusWrites(), storedStatus()?.observedGeneration]).toEqual([5, 3]);
  });

  it('is the same one at whatever time it is written', async () => {
    for (let count = 0; count < 4; count += 1) {
      expect(await reconcile()).toEqual(DONE);
      clock.advance(1000);
    }
    expect(await reconcile()).toEqual({ ...DELAYED, afterMs: 1000 });
  });

  it('is written at once for a new generation', async () => {
    for (let count = 0; count < 5; count += 1) await reconcile();
    expect(await reconcile(exampleConverter({ metadata: { generation: 4 } }))).toEqual(DONE);
    expect(storedStatus()?.observedGeneration).toBe(4);
  });

  it('is written at once when it says something else', async () => {
    for (let count = 0; count < 5; count += 1) await reconcile();
    const deployment = caches.children.Deployment.get(KEY);
    if (deployment === undefined) throw new Error('there is no Deployment');
    const metadata = { ...deployment.metadata, resourceVersion: '900' };
    caches.children.Deployment.upsert(ALL, { ...deployment, metadata, status: { replicas: 2 } });
    expect(await reconcileAgain()).toEqual(DONE);
    expect(storedStatus()?.replicas).toBe(2);
  });

  it('is written at once after any number of writes that failed', async () => {
    answers = { status: { code: 500 } };
    for (let count = 0; count < 9; count += 1) expect(await reconcile()).toMatchObject({ error: { code: 500 } });
    answers = {};
    expect(await reconcile()).toEqual(DONE);
  });

  it('is written at once for a new resource of the same name', async () => {
    for (let count = 0; count < 5; count += 1) await reconcile();
    caches.converters.replace(ALL, [], '1000');
    reconciler.forget(KEY);
    resourceVersion = 1000;
    expect(await reconcile()).toEqual(DONE);
  });

  describe('that the API server refuses because of the spec', () => {
    const details = { causes: [{ field: 'spec.image', message: 'must have a tag' }] };
    const body = { message: 'TemperatureConverter "web" is invalid', details };

    beforeEach(() => {
      answers = { status: { code: 422, body } };
    });

    it('is written again after five minutes, and then less and less often, whatever changes meanwhile', async () => {
      const attemptsAtMinutes: number[] = [];
      for (let minute = 0; minute <= 95; minute += 1) {
        const { length } = writes;
        expect(await reconcile()).toMatchObject({ type: 'requeueAfter' });
        if (writes.slice(length).includes('status')) attemptsAtMinutes.push(minute);
        clock.advance(60_000);
      }
      expect(attemptsAtMinutes).toEqual([0, 5, 15, 35, 65, 95]);
    });

    it('is reported at each attempt by an event and a line of the log, which say what to correct', async () => {
      await reconcile();
      await reconcile();
      const lines = log.lines.filter(({ level }) => level === 'warn');
      expect(lines).toEqual([
        expect.objectContaining({
          message: 'the API server refuses to store the status',
          fields: expect.objectContaining({
            problem: expect.stringMatching(/Correct spec\.image\.$/u),
            retryInMs: 300_000,
          }),
        }),
      ]);
      await eventually(() => expect(requests.filter((path) => path.endsWith('/events'))).toHaveLength(1));
    });

    it('is written at once for a new generation, and as usual after that', async () => {
      await reconcile();
      expect(await reconcile(exampleConverter({ metadata: { generation: 4 } }))).toMatchObject({ afterMs: 300_000 });
      expect(statusWrites()).toBe(2);
      answers = {};
      expect(await reconcile(exampleConverter({ metadata: { generation: 5 } }))).toEqual(DONE);
      expect(await reconcile(exampleConverter({ metadata: { generation: 5 } }))).toEqual(DONE);
      expect(statusWrites()).toBe(4);
    });

    it('does not keep the children from being repaired', async () => {
      await reconcile();
      change('Service', { ports: [] });
      writes = [];
      await reconcileAgain();
      expect(writes).toEqual(['services']);
    });
  });

  it('has the replicas of the Deployment that the resource controls, and of no other', async () => {
    const other = { name: 'web', namespace: 'blue', uid: 'other', resourceVersion: '5' };
    caches.children.Deployment.upsert(ALL, { metadata: other, status: { replicas: 9, availableReplicas: 9 } });
    await reconcile();
    expect(storedStatus()).toMatchObject({ replicas: 0 });
    expect(writes).not.toContain('deployments');
  });
});
