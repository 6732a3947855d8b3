import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { HandDrivenServer, type ReceivedRequest } from '../kube/hand-driven-server.ts';
import { EventRecorder } from '../runtime/event-recorder.ts';
import { HandDrivenClock } from '../runtime/hand-driven-clock.ts';
import { RecordedLog } from '../runtime/recorded-log.ts';
import type { Outcome } from '../runtime/workers.ts';
import { type Caches, createCaches } from './caches.ts';
import { Contests } from './contests.ts';
import { LASTING, PASSING } from './failure.ts';
import { Reconciler } from './reconciler.ts';

const KEY = 'blue/web';
const ALL = undefined;
const ITEM = { key: KEY, id: 7, causes: [], waitedMs: 0 };

/** What is answered to a write: a status code alone is an error, nothing at all is the object as it was written. */
type Answers = Readonly<Record<string, { code: number; body?: object; retryAfter?: string } | undefined>>;

let server: HandDrivenServer;
let clock: HandDrivenClock;
let caches: Caches;
let contests: Contests;
let failures: number;
let log: RecordedLog;
let reconciler: Reconciler;
let writes: string[];
let stored: TemperatureConverter | undefined;

beforeEach(async () => {
  server = await HandDrivenServer.start();
  clock = new HandDrivenClock();
  caches = createCaches();
  contests = new Contests(clock);
  failures = 0;
  writes = [];
  stored = undefined;
  log = new RecordedLog();
  const client = server.client();
  reconciler = new Reconciler({
    client,
    caches,
    contests,
    clock,
    log,
    defaults: { image: 'converter:1' },
    recorder: new EventRecorder({ client, clock, log, reporter: { controller: 'c', instance: 'i' } }),
    failuresOf: () => failures,
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** The plural of what a request writes, such as `services`, or `status`. */
function whatIsWritten({ path }: ReceivedRequest): string {
  const parts = path.split('/');
  if (parts.at(-1) === 'status') return 'status';
  return parts.includes('events.k8s.io') ? 'events' : (parts.at(-2) ?? '');
}

/** Plays the API server, which takes each write, but for those that are answered otherwise. */
async function serve(answers: Answers): Promise<never> {
  for (;;) {
    const exchange = await server.next();
    const what = whatIsWritten(exchange.request);
    writes.push(what);
    const { code = 200, body, retryAfter } = answers[what] ?? {};
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    if (code < 300) exchange.answer(code, { ...written(what, exchange.request.body), ...body });
    else exchange.refuse(code, body, headers);
  }
}

const isOfService = (what: string): boolean => what === 'services';

/** The object that comes of a write. */
function written(what: string, body: unknown): object {
  if (what === 'status') {
    // SAFETY: the patch of a status is a test and the new status.
    const [, { value }] = body as [object, { value: object }];
    return { ...stored, metadata: { ...stored?.metadata, resourceVersion: '50' }, status: value };
  }
  // SAFETY: what is applied is an object.
  const object = body as { metadata: object };
  return { ...object, metadata: { ...object.metadata, uid: `uid-of-${what}`, resourceVersion: '40' } };
}

/** Puts a resource into the cache and reconciles it. */
async function reconcile(resource: TemperatureConverter, answers: Answers = {}): Promise<Outcome> {
  stored = resource;
  caches.converters.replace(ALL, [resource], '20');
  void serve(answers);
  return reconciler.reconcile({ ...ITEM, causes: ['test'] });
}

describe('a reconcile', () => {
  it('settles a key that names no resource', async () => {
    expect(await reconciler.reconcile(ITEM)).toEqual({ type: 'settled' });
    expect(server.count).toBe(0);
  });

  it('makes the children of a new resource and tells its status, and has nothing more to do', async () => {
    expect(await reconcile(exampleConverter())).toEqual({ type: 'settled' });
    expect(writes.toSorted()).toEqual(['deployments', 'horizontalpodautoscalers', 'services', 'status']);
    expect(caches.converters.get(KEY)?.status?.observedGeneration).toBe(3);
    expect(caches.children.Service.get(KEY)?.metadata.uid).toBe('uid-of-services');
    expect(await reconciler.reconcile(ITEM)).toEqual({ type: 'settled' });
    expect(writes).toHaveLength(4);
  });

  it('names itself, its resource and its causes in each line of the log', async () => {
    await reconcile(exampleConverter());
    const service = caches.children.Service.get(KEY);
    if (service === undefined) throw new Error('there is no Service');
    const metadata = { ...service.metadata, resourceVersion: '60' };
    caches.children.Service.upsert(ALL, { ...service, metadata, spec: { ...service.spec, type: 'NodePort' } });
    log.lines.splice(0);
    await reconciler.reconcile({ ...ITEM, causes: ['Service updated'] });
    expect(log.lines.map(({ message }) => message)).toEqual(['repairing drift', 'reconciled']);
    const fields = { namespace: 'blue', name: 'web', reconcileId: 7, causes: ['Service updated'] };
    for (const line of log.lines) expect(line.fields).toMatchObject(fields);
  });

  it.each([
    ['paused', exampleConverter({ spec: { paused: true } })],
    ['being deleted', exampleConverter({ metadata: { deletionTimestamp: 'now' } })],
  ])('writes of a resource that is %s only the status', async (_case, resource) => {
    expect(await reconcile(resource)).toEqual({ type: 'settled' });
    expect(writes).toContain('status');
    expect(writes).not.toContain('services');
  });
});

describe('after a write of a child that failed, a reconcile tells so in the status, and', () => {
  it.each<[string, Answers, object]>([
    ['tries again soon what passes', { services: { code: 500 } }, { policy: PASSING, atLeastMs: 0 }],
    ['tries again rarely what lasts', { services: { code: 403 } }, { policy: LASTING, atLeastMs: 0 }],
    [
      'tries again soon when some passes and some lasts',
      { deployments: { code: 403 }, services: { code: 500 } },
      { policy: PASSING, atLeastMs: 0 },
    ],
    [
      'waits for as long as the server wants it at most',
      { deployments: { code: 429, retryAfter: '2' }, services: { code: 429, retryAfter: '7' } },
      { policy: PASSING, atLeastMs: 7000 },
    ],
  ])('%s', async (_case, answers, outcome) => {
    expect(await reconcile(exampleConverter(), answers)).toMatchObject({ type: 'failed', ...outcome });
    expect(writes).toContain('status');
    const ready = caches.converters.get(KEY)?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', message: expect.stringMatching(/web: /) });
  });

  it('looks again only much later in a namespace that is being deleted, unless it was gone', async () => {
    const body = { details: { causes: [{ reason: 'NamespaceTerminating' }] } };
    const outcome = await reconcile(exampleConverter(), { services: { code: 403, body } });
    expect(outcome).toEqual({ type: 'revisit', afterMs: 300_000, cause: 'repair due' });
    await reconciler.reconcile(ITEM);
    expect(writes.filter(isOfService)).toHaveLength(1);
    // What is gone takes no memory.
    caches.converters.replace(ALL, [], '60');
    expect(await reconciler.reconcile(ITEM)).toEqual({ type: 'settled' });
    caches.converters.replace(ALL, [exampleConverter({ metadata: { resourceVersion: '61' } })], '61');
    await reconciler.reconcile(ITEM);
    expect(writes.filter(isOfService)).toHaveLength(2);
  });
});

describe('a cache that was behind', () => {
  it.each([0, 1, 2])('is tried again without a word after %d failures', async (count) => {
    failures = count;
    const outcome = await reconcile(exampleConverter(), { services: { code: 409 } });
    expect(outcome).toMatchObject({ type: 'failed', policy: PASSING, error: { code: 409 } });
    expect(writes).not.toContain('status');
  });

  it('is told of after three', async () => {
    failures = 3;
    expect(await reconcile(exampleConverter(), { services: { code: 409 } })).toMatchObject({ type: 'failed' });
    expect(writes).toContain('status');
  });
});

describe('a write that does not bring a child to what is desired', () => {
  it('is tried again after a while, and told', async () => {
    const spec = { type: 'NodePort', selector: {}, ports: [] };
    expect(await reconcile(exampleConverter(), { services: { code: 200, body: { spec } } })).toEqual({
      type: 'revisit',
      afterMs: 300_000,
      cause: 'repair due',
    });
    const reconciled = caches.converters.get(KEY)?.status?.conditions?.find(({ type }) => type === 'Reconciled');
    expect(reconciled).toMatchObject({ status: 'False', reason: 'Contested' });
  });
});

describe('a status', () => {
  it.each([
    ['whose resource is gone is not needed', { code: 404 }],
    ['whose resource was replaced by another of its name is not needed', { code: 422 }],
  ])('%s', async (_case, answer) => {
    expect(await reconcile(exampleConverter(), { status: answer })).toEqual({ type: 'settled' });
    expect(caches.converters.get(KEY)?.status).toBeUndefined();
  });

  it('that cannot be written is a failure', async () => {
    await expect(reconcile(exampleConverter(), { status: { code: 500 } })).rejects.toMatchObject({ code: 500 });
  });

  it.each([
    ['the spec has changed', { generation: 4 }],
    ['it is to be deleted', { deletionTimestamp: 'now' }],
  ])('whose answer tells that meanwhile %s makes the next reconcile due at once', async (_case, change) => {
    const metadata = { ...exampleConverter().metadata, resourceVersion: '50', ...change };
    expect(await reconcile(exampleConverter(), { status: { code: 200, body: { metadata } } })).toEqual({
      type: 'revisit',
      afterMs: 0,
      cause: 'changed meanwhile',
    });
  });

  it('that is outdated makes it due only when a server that asks to be left alone has had its time', async () => {
    const metadata = { ...exampleConverter().metadata, resourceVersion: '50', generation: 4 };
    const status = { code: 200, body: { metadata } };
    const services = { code: 429, retryAfter: '7' };
    expect(await reconcile(exampleConverter(), { services, status })).toMatchObject({
      type: 'failed',
      atLeastMs: 7000,
    });
  });

  it('speaks of the children that the resource controls, and of no others', async () => {
    const other = { name: 'web', namespace: 'blue', uid: 'other', resourceVersion: '5' };
    caches.children.Deployment.upsert(ALL, { metadata: other, status: { replicas: 9, availableReplicas: 9 } });
    await reconcile(exampleConverter());
    expect(caches.converters.get(KEY)?.status).toMatchObject({ replicas: 0 });
    expect(writes).not.toContain('deployments');
  });
});
