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
    client: server.client(),
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

/** The next request, which is to be of that method. */
async function next(method: string): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request).toMatchObject({ method, path: method === 'POST' ? COLLECTION : PATH });
  return exchange;
}

/** Takes the next write of the lease as the API server does, and gives what it says. */
async function accept(method: 'POST' | 'PUT', resourceVersion: number): Promise<Spec> {
  const exchange = await next(method);
  // SAFETY: just what the elector writes.
  const { spec } = exchange.request.body as { spec: Spec };
  exchange.answer(200, lease(resourceVersion, spec));
  return spec;
}

/** Waits until the elector sleeps, and lets it wake up. */
async function waitOut(): Promise<number> {
  const [delayMs = 0] = await clock.untilScheduled();
  clock.advance(delayMs);
  return delayMs;
}

/** Makes the elector the leader, by a lease of version 1 that was renewed at 0 ms. */
async function lead(): Promise<void> {
  const acquiring = elector.acquire(stop.signal);
  (await next('GET')).refuse(404);
  await accept('POST', 1);
  await acquiring;
}

describe('microTime', () => {
  it('has six digits of a second, without which the API server refuses it', () => {
    expect(microTime(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 67)))).toBe('2026-01-02T03:04:05.067000Z');
  });
});

describe('a candidate', () => {
  it('creates a lease that is not there, and leads', async () => {
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
  ])('takes a lease that %s, as of the version that it saw', async (_case, holderIdentity) => {
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

  it('takes up again at once a lease of its own, as the same leader', async () => {
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

  it("leaves another's lease alone for all of its duration, by its own clock, even if its times are long past", async () => {
    const acquiring = elector.acquire(stop.signal);
    for (let looks = 0; looks < 10; looks += 1) {
      (await next('GET')).answer(200, lease(7, THEIRS));
      expect(await waitOut()).toBe(2000);
      expect(elector.isLeader()).toBe(false);
    }
    // 20 seconds after the first look.
    (await next('GET')).answer(200, lease(7, THEIRS));
    expect((await accept('PUT', 8)).holderIdentity).toBe('us');
    await acquiring;
  });

  it('waits anew for all of the duration when the lease was renewed meanwhile', async () => {
    void elector.acquire(stop.signal);
    for (let looks = 0; looks < 25; looks += 1) {
      // Renewed after every 9 looks, each time 2 seconds before it would have run out.
      (await next('GET')).answer(200, lease(7 + Math.floor(looks / 9), THEIRS));
      await waitOut();
    }
    expect([elector.isLeader(), server.count]).toEqual([false, 25]);
  });

  it('waits for its own duration where the lease names none', async () => {
    const acquiring = elector.acquire(stop.signal);
    for (let seconds = 0; seconds < 15; seconds += 2) {
      (await next('GET')).answer(200, lease(7, { holderIdentity: 'them' }));
      await waitOut();
    }
    (await next('GET')).answer(200, lease(7, { holderIdentity: 'them' }));
    await accept('PUT', 8);
    await acquiring;
  });

  it.each(['POST', 'PUT'] as const)('looks again when another was faster with its %s', async (method) => {
    void elector.acquire(stop.signal);
    const look = await next('GET');
    if (method === 'POST') look.refuse(404);
    else look.answer(200, lease(7, { holderIdentity: '' }));
    (await next(method)).refuse(409);
    expect(await waitOut()).toBe(2000);
    (await next('GET')).answer(200, lease(8, THEIRS));
    await waitOut();
    await next('GET');
    expect([elector.isLeader(), leadership]).toEqual([false, []]);
  });

  it.each([
    ['an error of the server', (exchange: Exchange) => exchange.refuse(500)],
    ['a refusal', (exchange: Exchange) => exchange.refuse(403)],
    ['a reset', (exchange: Exchange) => exchange.reset()],
  ])('tries again after %s, and says so', async (_case, fail) => {
    const acquiring = elector.acquire(stop.signal);
    fail(await next('GET'));
    expect(await waitOut()).toBe(2000);
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
    ['while it asks', async () => void (await next('GET'))],
    [
      'while it waits',
      async () => {
        (await next('GET')).answer(200, lease(7, THEIRS));
        await clock.untilScheduled();
      },
    ],
  ])('gives up when it is told to stop %s, without a word', async (_case, reach) => {
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

  it('renews every two seconds, without reading first, as of the version that it wrote last', async () => {
    void elector.hold(stop.signal);
    for (let resourceVersion = 1; resourceVersion < 20; resourceVersion += 1) {
      expect(await waitOut()).toBe(2000);
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
      // SAFETY: just what the elector writes.
      renewal.answer(200, lease(resourceVersion + 1, (renewal.request.body as { spec: Spec }).spec));
      await clock.untilScheduled();
      expect(elector.isLeader()).toBe(true);
    }
    expect(leadership).toEqual([true]);
  });

  it('leads for ten seconds from the last renewal, and no longer: five before another may take over', () => {
    clock.advance(9999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
    expect(DEFAULT_LEASE_TIMING.leaseDurationSeconds).toBeGreaterThanOrEqual(15);
  });

  it('counts from before the request that renewed: others may have seen it as early as that', async () => {
    void elector.hold(stop.signal);
    await waitOut();
    const renewal = await next('PUT');
    clock.advance(4000);
    renewal.answer(200, lease(2, { holderIdentity: 'us' }));
    await clock.untilScheduled();
    // Renewed 4 seconds ago.
    clock.advance(5999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
  });

  it.each([-86_400_000, 86_400_000])('does not care when the time of day jumps by %d ms', (jumpMs) => {
    clock.timeOfDayMs += jumpMs;
    clock.advance(9999);
    expect(elector.isLeader()).toBe(true);
    clock.advance(1);
    expect(elector.isLeader()).toBe(false);
  });

  it('goes on after a failure, as long as the next renewal is in time', async () => {
    void elector.hold(stop.signal);
    await waitOut();
    (await next('PUT')).refuse(500);
    await waitOut();
    await accept('PUT', 2);
    await clock.untilScheduled();
    clock.advance(8000);
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('looks at once after a conflict, and goes on when the lease is still its own', async () => {
    void elector.hold(stop.signal);
    await waitOut();
    (await next('PUT')).refuse(409);
    (await next('GET')).answer(200, lease(5, { ...THEIRS, holderIdentity: 'us' }));
    expect((await accept('PUT', 6)).leaseTransitions).toBe(THEIRS.leaseTransitions);
    await waitOut();
    await accept('PUT', 7);
    await clock.untilScheduled();
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('makes a lease anew at once that somebody deleted', async () => {
    void elector.hold(stop.signal);
    await waitOut();
    (await next('PUT')).refuse(404);
    (await next('GET')).refuse(404);
    await accept('POST', 5);
    await clock.untilScheduled();
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('stops at once when it sees that another holds the lease', async () => {
    const holding = elector.hold(stop.signal);
    await waitOut();
    (await next('PUT')).refuse(409);
    (await next('GET')).answer(200, lease(5, THEIRS));
    expect(await holding).toBe('lost');
    expect([elector.isLeader(), leadership, clock.monotonicMs()]).toEqual([false, [true, false], 2000]);
  });

  it.each([
    ['errors', (exchange: Exchange) => exchange.refuse(500)],
    ['resets', (exchange: Exchange) => exchange.reset()],
  ])('has lost when nothing but %s comes for ten seconds', async (_case, fail) => {
    const holding = elector.hold(stop.signal);
    for (let tries = 0; tries < 5; tries += 1) {
      expect(elector.isLeader()).toBe(true);
      await waitOut();
      fail(await next('PUT'));
    }
    expect(await holding).toBe('lost');
    expect([elector.isLeader(), leadership, clock.monotonicMs()]).toEqual([false, [true, false], 10_000]);
    expect(log.messages.at(-1)).toMatch(/^error: lost the leader lease/);
  });

  it('that slept through its deadline goes on only when nobody has taken the lease meanwhile', async () => {
    void elector.hold(stop.signal);
    await clock.untilScheduled();
    clock.advance(60_000);
    expect(elector.isLeader()).toBe(false);
    await accept('PUT', 2);
    await clock.untilScheduled();
    expect([elector.isLeader(), leadership]).toEqual([true, [true]]);
  });

  it('goes on leading when it is told to stop, until the lease is released', async () => {
    const holding = elector.hold(stop.signal);
    await clock.untilScheduled();
    stop.abort();
    expect(await holding).toBe('stopped');
    expect([elector.isLeader(), clock.delaysMs]).toEqual([true, []]);
  });
});

describe('a request that hangs', () => {
  it('is given up in time for another before the deadline', async () => {
    elector = createElector({
      timing: { leaseDurationSeconds: 1, renewDeadlineSeconds: 0.1, retryPeriodSeconds: 0.01 },
    });
    void elector.acquire(stop.signal);
    const hanging = await next('GET');
    await hanging.closed;
    await waitOut();
    await next('GET');
    expect(log.messages).toContain('warn: cannot acquire or renew the leader lease; retrying');
  });
});

describe('a renewal that hangs', () => {
  it('is given up, and the leadership with it, before another may lead', async () => {
    await lead();
    const holding = elector.hold(stop.signal);
    await clock.untilScheduled();
    // Others wait for fifteen seconds; a request that hangs is given five.
    clock.advance(14_900);
    const hanging = await next('PUT');
    const begunMs = performance.now();
    await hanging.closed;
    expect(await holding).toBe('lost');
    expect(performance.now() - begunMs).toBeLessThan(2500);
  });
});

describe('release', () => {
  it('gives the lease up, so that others need not wait', async () => {
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

  it('gives up a lease too that a renewal has changed whose answer never came', async () => {
    await lead();
    const holding = elector.hold(stop.signal);
    await waitOut();
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
    ['that another has taken', (exchange: Exchange) => exchange.answer(200, lease(2, THEIRS))],
    ['that is gone', (exchange: Exchange) => exchange.refuse(404)],
  ])('leaves a lease alone %s', async (_case, answer) => {
    await lead();
    const releasing = elector.release();
    (await next('PUT')).refuse(409);
    answer(await next('GET'));
    await releasing;
    expect([elector.isLeader(), server.count]).toEqual([false, 4]);
  });

  it('says so when it cannot, and does not lead all the same', async () => {
    await lead();
    const releasing = elector.release();
    (await next('PUT')).refuse(500);
    await releasing;
    expect([elector.isLeader(), leadership]).toEqual([false, [true, false]]);
    expect(log.messages.at(-1)).toBe('warn: cannot release the leader lease; other replicas wait until it expires');
  });

  it('leaves alone what it does not hold', async () => {
    await elector.release();
    expect([server.count, leadership]).toEqual([0, []]);
  });
});
