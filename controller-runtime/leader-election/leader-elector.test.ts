import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Exchange, FakeServer } from '../testing/fake-server.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { DEFAULT_LEASE_TIMING, LeaderElector, type LeaderElectorOptions, microTime } from './leader-elector.ts';
import { RecordedLog } from '../testing/recorded-log.ts';

const COLLECTION = '/apis/coordination.k8s.io/v1/namespaces/blue/leases';
const PATH = `${COLLECTION}/operator`;

interface Spec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

let server: FakeServer;
let clock: FakeClock;
let log: RecordedLog;
let stop: AbortController;
let leadership: boolean[];
let elector: LeaderElector;

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new FakeClock();
  log = new RecordedLog();
  stop = new AbortController();
  leadership = [];
  elector = createElector();
});

afterEach(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
});

function createElector(options: Partial<LeaderElectorOptions> = {}): LeaderElector {
  return new LeaderElector({
    client: server.client({ clock }),
    namespace: 'blue',
    leaseName: 'operator',
    identity: 'us',
    timing: DEFAULT_LEASE_TIMING,
    clock,
    log,
    onChange: (isLeader) => leadership.push(isLeader),
    ...options,
  });
}

function lease(resourceVersion: number, spec: Spec): { metadata: object; spec: Spec } {
  const metadata = { name: 'operator', namespace: 'blue', uid: 'u1', resourceVersion: String(resourceVersion) };
  return { metadata, spec };
}

const THEIRS: Spec = {
  holderIdentity: 'them',
  leaseDurationSeconds: 20,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:00.000000Z',
  leaseTransitions: 3,
};

/** Resolves to the next request, and expects this method. */
async function next(method: string): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request).toMatchObject({ method, path: method === 'POST' ? COLLECTION : PATH });
  return exchange;
}

/** Accepts the next write of the lease and returns its spec. */
async function accept(method: 'POST' | 'PUT', resourceVersion: number): Promise<Spec> {
  const exchange = await next(method);
  // SAFETY: the elector writes leases only.
  const { spec } = exchange.request.body as { spec: Spec };
  exchange.answer(200, lease(resourceVersion, spec));
  return spec;
}

/** Waits until the elector sleeps, and advances the clock until it resumes. */
async function advanceThroughSleep(): Promise<number> {
  const [delayMs = 0] = await clock.untilScheduled();
  clock.advance(delayMs);
  return delayMs;
}

/** Waits until the leader sleeps before its next renewal: one timer for that, and one for its deadline. */
function untilHeld(): Promise<readonly number[]> {
  return clock.untilScheduled(2);
}

/** Waits until the leader sleeps, and advances the clock until it renews the lease. */
async function advanceThroughRetryPeriod(): Promise<number> {
  const [delayMs = 0] = await untilHeld();
  clock.advance(delayMs);
  return delayMs;
}

/** Makes the elector the leader, with a lease of version 1 that was renewed at 0 ms. */
async function lead(): Promise<void> {
  const acquiring = elector.acquire(stop.signal);
  (await next('GET')).refuse(404);
  await accept('POST', 1);
  await acquiring;
}

describe('microTime', () => {
  it('has six fractional digits, which the API server requires', () => {
    expect(microTime(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 67)))).toBe('2026-01-02T03:04:05.067000Z');
  });
});

describe('a candidate', () => {
  it('creates the lease if it does not exist, and leads', async () => {
    const acquiring = elector.acquire(stop.signal);
    (await next('GET')).refuse(404);
    const create = await next('POST');
    expect(create.request.body).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'operator', namespace: 'blue' },
      spec: {
        holderIdentity: 'us',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-02T03:04:05.678000Z',
        renewTime: '2026-01-02T03:04:05.678000Z',
        leaseTransitions: 1,
      },
    });
    expect(elector.isLeader()).toBe(false);
    create.answer(201, lease(1, { holderIdentity: 'us' }));
    await acquiring;
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it.each([
    ['was released', ''],
    ['never had a holder', undefined],
  ])('acquires a lease that %s, with the observed resource version', async (_case, holderIdentity) => {
    const acquiring = elector.acquire(stop.signal);
    const { holderIdentity: _theirs, ...spec } = THEIRS;
    const found = lease(7, { ...spec, ...(holderIdentity === undefined ? {} : { holderIdentity }) });
    (await next('GET')).answer(200, found);
    const replace = await next('PUT');
    expect(replace.request.body).toEqual({
      ...found,
      spec: {
        holderIdentity: 'us',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-02T03:04:05.678000Z',
        renewTime: '2026-01-02T03:04:05.678000Z',
        leaseTransitions: 4,
      },
    });
    replace.answer(200, lease(8, { holderIdentity: 'us' }));
    await acquiring;
    expect(elector.isLeader()).toBe(true);
  });

  it('immediately renews a lease of its own identity, without a transition', async () => {
    const acquiring = elector.acquire(stop.signal);
    (await next('GET')).answer(200, lease(7, { ...THEIRS, holderIdentity: 'us' }));
    const { acquireTime, renewTime, leaseTransitions } = await accept('PUT', 8);
    await acquiring;
    expect([acquireTime, renewTime, leaseTransitions]).toEqual([
      THEIRS.acquireTime,
      '2026-01-02T03:04:05.678000Z',
      THEIRS.leaseTransitions,
    ]);
  });

  it('waits for the full duration of a lease by its own clock, even if the timestamps are long past', async () => {
    const acquiring = elector.acquire(stop.signal);
    for (let reads = 0; reads < 10; reads += 1) {
      (await next('GET')).answer(200, lease(7, THEIRS));
      expect(await advanceThroughSleep()).toBe(2000);
      expect(elector.isLeader()).toBe(false);
    }
    // 20 seconds after the first observation.
    (await next('GET')).answer(200, lease(7, THEIRS));
    expect((await accept('PUT', 8)).holderIdentity).toBe('us');
    await acquiring;
  });

  it('waits for the full duration again after each observed renewal', async () => {
    void elector.acquire(stop.signal);
    for (let reads = 0; reads < 25; reads += 1) {
      // Renewed after every 9 reads, each time 2 seconds before it would expire.
      (await next('GET')).answer(200, lease(7 + Math.floor(reads / 9), THEIRS));
      await advanceThroughSleep();
    }
    expect([elector.isLeader(), server.count]).toEqual([false, 25]);
  });

  it('waits for its own lease duration if the lease has none', async () => {
    const acquiring = elector.acquire(stop.signal);
    for (let seconds = 0; seconds < 15; seconds += 2) {
      (await next('GET')).answer(200, lease(7, { holderIdentity: 'them' }));
      await advanceThroughSleep();
    }
    (await next('GET')).answer(200, lease(7, { holderIdentity: 'them' }));
    await accept('PUT', 8);
    await acquiring;
  });

  it.each(['POST', 'PUT'] as const)('reads the lease again after a conflict of its %s', async (method) => {
    void elector.acquire(stop.signal);
    const read = await next('GET');
    if (method === 'POST') read.refuse(404);
    else read.answer(200, lease(7, { holderIdentity: '' }));
    (await next(method)).refuse(409);
    expect(await advanceThroughSleep()).toBe(2000);
    (await next('GET')).answer(200, lease(8, THEIRS));
    await advanceThroughSleep();
    await next('GET');
    expect([elector.isLeader(), leadership]).toEqual([false, []]);
  });

  it.each([
    ['a server error', (exchange: Exchange) => exchange.refuse(500)],
    ['a 403', (exchange: Exchange) => exchange.refuse(403)],
    ['a reset', (exchange: Exchange) => exchange.reset()],
  ])('retries after %s and logs it', async (_case, fail) => {
    const acquiring = elector.acquire(stop.signal);
    fail(await next('GET'));
    expect(await advanceThroughSleep()).toBe(2000);
    (await next('GET')).refuse(404);
    await accept('POST', 1);
    await acquiring;
    expect(log.messages).toEqual([
      'info: waiting for the leader lease',
      'warn: cannot acquire or renew the leader lease; retrying',
      'info: became the leader',
    ]);
  });

  it.each([
    ['during a request', async () => void (await next('GET'))],
    [
      'during a wait',
      async () => {
        (await next('GET')).answer(200, lease(7, THEIRS));
        await clock.untilScheduled();
      },
    ],
  ])('stops silently when the signal is aborted %s', async (_case, reach) => {
    const acquiring = elector.acquire(stop.signal);
    await reach();
    stop.abort();
    await acquiring;
    expect([elector.isLeader(), leadership, clock.delaysMs]).toEqual([false, [], []]);
    expect(log.messages).toEqual(['info: waiting for the leader lease']);
  });
});

describe('the leader', () => {
  beforeEach(lead);

  it('renews every two seconds, without a read, with the resource version of its last write', async () => {
    void elector.hold(stop.signal);
    for (let resourceVersion = 1; resourceVersion < 20; resourceVersion += 1) {
      expect(await advanceThroughRetryPeriod()).toBe(2000);
      const renewal = await next('PUT');
      expect(renewal.request.body).toMatchObject({
        metadata: { resourceVersion: String(resourceVersion) },
        spec: {
          holderIdentity: 'us',
          leaseDurationSeconds: 15,
          acquireTime: '2026-01-02T03:04:05.678000Z',
          renewTime: microTime(clock.now()),
          leaseTransitions: 1,
        },
      });
      // SAFETY: the elector writes leases only.
      renewal.answer(200, lease(resourceVersion + 1, (renewal.request.body as { spec: Spec }).spec));
      await untilHeld();
      expect(elector.isLeader()).toBe(true);
    }
    expect(leadership).toEqual([true]);
  });

  it('leads for ten seconds after the last renewal, and stops five seconds before the lease expires', () => {
    clock.advance(9999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
    expect(DEFAULT_LEASE_TIMING.leaseDurationSeconds).toBeGreaterThanOrEqual(15);
  });

  it('measures the renew deadline from the start of the renewal, since others may observe it that early', async () => {
    void elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    const renewal = await next('PUT');
    clock.advance(4000);
    renewal.answer(200, lease(2, { holderIdentity: 'us' }));
    await untilHeld();
    // Renewed 4 seconds ago.
    clock.advance(5999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
  });

  it.each([-86_400_000, 86_400_000])('ignores a jump of the time of day by %d ms', (jumpMs) => {
    clock.timeOfDayMs += jumpMs;
    clock.advance(9999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
  });

  it('keeps leading after a failure if a later renewal succeeds before the deadline', async () => {
    void elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(500);
    await advanceThroughRetryPeriod();
    await accept('PUT', 2);
    await untilHeld();
    clock.advance(8000);
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('reads the lease immediately after a conflict, and keeps leading if it is still the holder', async () => {
    void elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(409);
    (await next('GET')).answer(200, lease(5, { ...THEIRS, holderIdentity: 'us' }));
    expect((await accept('PUT', 6)).leaseTransitions).toBe(THEIRS.leaseTransitions);
    await advanceThroughRetryPeriod();
    await accept('PUT', 7);
    await untilHeld();
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('immediately re-creates a deleted lease', async () => {
    void elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(404);
    (await next('GET')).refuse(404);
    await accept('POST', 5);
    await untilHeld();
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('stops leading immediately if another replica holds the lease', async () => {
    const holding = elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(409);
    (await next('GET')).answer(200, lease(5, THEIRS));
    expect(await holding).toBe('lost');
    expect([elector.isLeader(), leadership, clock.monotonicMs()]).toEqual([false, [true, false], 2000]);
  });

  it.each([
    ['errors', (exchange: Exchange) => exchange.refuse(500)],
    ['resets', (exchange: Exchange) => exchange.reset()],
  ])('loses the lease after ten seconds of %s', async (_case, fail) => {
    const holding = elector.hold(stop.signal);
    for (let tries = 0; tries < 5; tries += 1) {
      expect(elector.isLeader()).toBe(true);
      await advanceThroughRetryPeriod();
      fail(await next('PUT'));
    }
    expect(await holding).toBe('lost');
    expect([elector.isLeader(), leadership, clock.monotonicMs()]).toEqual([false, [true, false], 10_000]);
    expect(log.messages.at(-1)).toMatch(/^error: lost the leader lease/);
  });

  it('loses the lease at the deadline although a renewal hangs, before another replica can lead', async () => {
    const holding = elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    const hanging = await next('PUT');
    clock.advance(8001);
    expect(await holding).toBe('lost');
    await hanging.closed;
    expect([elector.isLeader(), leadership, clock.delaysMs]).toEqual([false, [true, false], []]);
  });

  it('loses the lease at the deadline although the API server asks it to wait longer', async () => {
    const holding = elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(429, undefined, { 'retry-after': '32' });
    await advanceThroughRetryPeriod();
    // The next renewal waits for Retry-After.
    await clock.untilScheduled(2);
    clock.advance(6000);
    clock.advance(1);
    expect(await holding).toBe('lost');
    expect([clock.monotonicMs(), server.count]).toEqual([10_001, 3]);
  });

  it('keeps leading when it renews after Retry-After, and measures the deadline from then', async () => {
    void elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    (await next('PUT')).refuse(429, undefined, { 'retry-after': '4' });
    await advanceThroughRetryPeriod();
    await clock.untilScheduled(2);
    clock.advance(2000);
    await accept('PUT', 2);
    await untilHeld();
    clock.advance(1999);
    expect(clock.monotonicMs()).toBe(7999);
    clock.advance(8000);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
  });

  it('measures the deadline from the write of the lease, not from the read before it', async () => {
    const slow = createElector({ identity: 'slow' });
    const acquiring = slow.acquire(stop.signal);
    const read = await next('GET');
    clock.advance(4000);
    read.refuse(404);
    const write = await next('POST');
    clock.advance(4000);
    write.answer(201, lease(1, { holderIdentity: 'slow' }));
    await acquiring;
    clock.advance(5999);
    expect(slow.isLeader()).toBe(true);
    clock.advance(1);
    expect(slow.isLeader()).toBe(false);
  });

  it('loses the lease after it was suspended past its deadline, even if no other replica has acquired it', async () => {
    const holding = elector.hold(stop.signal);
    await untilHeld();
    clock.advance(60_000);
    expect(await holding).toBe('lost');
    expect([elector.isLeader(), leadership]).toEqual([false, [true, false]]);
  });

  it('begins no request once the signal is aborted', async () => {
    const codes: number[] = [];
    const client = server.client({ clock, onResponse: (_method, code) => codes.push(code) });
    elector = createElector({ client });
    await lead();
    const holding = elector.hold(stop.signal);
    await untilHeld();
    stop.abort();
    await holding;
    expect(codes).toEqual([404, 200]);
  });

  it('keeps leading after the signal is aborted, until the lease is released', async () => {
    const holding = elector.hold(stop.signal);
    await untilHeld();
    stop.abort();
    expect(await holding).toBe('stopped');
    expect([elector.isLeader(), clock.delaysMs]).toEqual([true, []]);
  });
});

describe('a request that hangs', () => {
  it('times out early enough for another one before the deadline', async () => {
    elector = createElector({
      timing: { leaseDurationSeconds: 1, renewDeadlineSeconds: 0.1, retryPeriodSeconds: 0.01 },
    });
    void elector.acquire(stop.signal);
    const hanging = await next('GET');
    await hanging.closed;
    await advanceThroughSleep();
    await next('GET');
    expect(log.messages).toContain('warn: cannot acquire or renew the leader lease; retrying');
  });
});

describe('release', () => {
  it('clears the holder, so that other replicas do not wait', async () => {
    await lead();
    const releasing = elector.release();
    const release = await next('PUT');
    expect(release.request.body).toMatchObject({
      metadata: { resourceVersion: '1' },
      spec: { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 },
    });
    release.answer(200, lease(2, { holderIdentity: '' }));
    await releasing;
    expect([elector.isLeader(), leadership]).toEqual([false, [true, false]]);
    expect(log.messages.at(-1)).toBe('info: released the leader lease');
  });

  it('releases the lease even if a renewal without a response has changed it', async () => {
    await lead();
    const holding = elector.hold(stop.signal);
    await advanceThroughRetryPeriod();
    await next('PUT');
    stop.abort();
    await holding;
    const releasing = elector.release();
    (await next('PUT')).refuse(409);
    (await next('GET')).answer(200, lease(2, { ...THEIRS, holderIdentity: 'us' }));
    const release = await next('PUT');
    expect(release.request.body).toMatchObject({ metadata: { resourceVersion: '2' }, spec: { holderIdentity: '' } });
    release.answer(200, lease(3, { holderIdentity: '' }));
    await releasing;
    expect(log.messages.at(-1)).toBe('info: released the leader lease');
  });

  it.each([
    ['that another replica holds', (exchange: Exchange) => exchange.answer(200, lease(2, THEIRS))],
    ['that is deleted', (exchange: Exchange) => exchange.refuse(404)],
  ])('does not write a lease %s', async (_case, answer) => {
    await lead();
    const releasing = elector.release();
    (await next('PUT')).refuse(409);
    answer(await next('GET'));
    await releasing;
    expect([elector.isLeader(), server.count]).toEqual([false, 4]);
  });

  it('logs a failure, and stops leading', async () => {
    await lead();
    const releasing = elector.release();
    (await next('PUT')).refuse(500);
    await releasing;
    expect([elector.isLeader(), leadership]).toEqual([false, [true, false]]);
    expect(log.messages.at(-1)).toBe('warn: cannot release the leader lease; other replicas wait until it expires');
  });

  it('does nothing while not the leader', async () => {
    await elector.release();
    expect([server.count, leadership]).toEqual([0, []]);
  });
});
