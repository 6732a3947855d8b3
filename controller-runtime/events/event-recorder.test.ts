import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assert, asyncProperty, string } from 'fast-check';
import { type Exchange, FakeServer } from '../testing/fake-server.ts';
import { EventRecorder, type EventSubject, type EventToRecord } from './event-recorder.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordedLog } from '../testing/recorded-log.ts';

const COLLECTION = '/apis/events.k8s.io/v1/namespaces/blue/events';
const MINUTE_MS = 60_000;
const EVENT: EventToRecord = { type: 'Warning', reason: 'CrashLooping', action: 'Reconcile', note: 'It keeps ending.' };

let server: FakeServer;
let clock: FakeClock;
let log: RecordedLog;
let recorder: EventRecorder;

beforeEach(async () => {
  server = await FakeServer.start();
  clock = new FakeClock();
  log = new RecordedLog();
  const reporter = { controller: 'example.io/operator', instance: 'operator-0' };
  recorder = new EventRecorder({ client: server.client(), clock, log, reporter });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function subject(uid = 'u1'): EventSubject {
  const metadata = { name: 'web', namespace: 'blue', uid, resourceVersion: '7' };
  return { apiVersion: 'example.io/v1', kind: 'Thing', metadata };
}

/** Records an event, answers its request and returns the request. */
async function record(event = EVENT, about = subject()): Promise<Exchange['request']> {
  recorder.record(about, event);
  const exchange = await server.next();
  exchange.answer(200, {});
  await recorder.flush();
  return exchange.request;
}

/** Records an event, and expects no request. */
async function recordWithoutRequest(event = EVENT, about = subject()): Promise<void> {
  const { count } = server;
  recorder.record(about, event);
  await recorder.flush();
  expect(server.count).toBe(count);
}

describe('an event', () => {
  it('is written with all fields', async () => {
    const { method, path, body } = await record();
    expect([method, path]).toEqual(['POST', COLLECTION]);
    expect(body).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{19}$/), namespace: 'blue' },
      eventTime: '2026-01-02T03:04:05.678000Z',
      type: 'Warning',
      reason: 'CrashLooping',
      action: 'Reconcile',
      note: 'It keeps ending.',
      regarding: {
        apiVersion: 'example.io/v1',
        kind: 'Thing',
        namespace: 'blue',
        name: 'web',
        uid: 'u1',
        resourceVersion: '7',
      },
      reportingController: 'example.io/operator',
      reportingInstance: 'operator-0',
    });
  });

  it.each([
    ['of 1024 bytes', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['of more', 'x'.repeat(1025), `${'x'.repeat(1021)}…`],
    ['of two-byte characters', 'ü'.repeat(600), `${'ü'.repeat(510)}…`],
    ['of three-byte characters', `x${'東'.repeat(400)}`, `x${'東'.repeat(340)}…`],
    ['of four-byte characters', '🌡'.repeat(300), `${'🌡'.repeat(255)}…`],
    ['of replacement characters', `x${'\uFFFD'.repeat(400)}`, `x${'\uFFFD'.repeat(340)}…`],
  ])('with a note %s fits the 1024 bytes that the API allows', async (_case, note, written) => {
    expect(await record({ ...EVENT, note })).toMatchObject({ body: { note: written } });
  });

  it('has a note that the API accepts, for any text', async () => {
    const text = string({ unit: 'grapheme', minLength: 300, maxLength: 1200 });
    let count = 0;
    await assert(
      asyncProperty(text, async (note) => {
        count += 1;
        // SAFETY: the recorder writes events only.
        const { body } = (await record({ ...EVENT, note }, subject(`u${count}`))) as { body: { note: string } };
        expect(Buffer.byteLength(body.note)).toBeLessThanOrEqual(1024);
        // A truncated character would have become another one.
        expect(note.startsWith(body.note.replace(/…$/, ''))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('that cannot be written is logged and dropped, and the next one is written', async () => {
    recorder.record(subject(), EVENT);
    (await server.next()).refuse(403);
    await recorder.flush();
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        message: 'cannot record an event; dropping it',
        fields: { namespace: 'blue', name: 'web', reason: 'CrashLooping', error: { code: 403 } },
      },
    ]);
    expect((await record()).method).toBe('POST');
  });
});

describe('a repeated event', () => {
  it('extends the series regardless of its note: immediately, then once per minute', async () => {
    const first = await record();
    // SAFETY: the recorder writes events only.
    const { name } = (first.body as { metadata: { name: string } }).metadata;
    clock.advance(1000);
    const second = await record({ ...EVENT, note: 'Another note.' });
    expect(second).toMatchObject({ method: 'PATCH', path: `${COLLECTION}/${name}` });
    expect(second.headers['content-type']).toBe('application/merge-patch+json');
    expect(second.body).toEqual({ series: { count: 2, lastObservedTime: '2026-01-02T03:04:06.678000Z' } });
    await recordWithoutRequest();
    clock.advance(MINUTE_MS - 1);
    await recordWithoutRequest();
    clock.advance(1);
    expect(await record()).toMatchObject({ method: 'PATCH', body: { series: { count: 5 } } });
  });

  it('starts a new series ten minutes after the first event', async () => {
    await record();
    clock.advance(10 * MINUTE_MS - 1);
    expect((await record()).method).toBe('PATCH');
    clock.advance(1);
    expect((await record()).method).toBe('POST');
  });

  it.each([
    ['type', { ...EVENT, type: 'Normal' as const }, subject()],
    ['reason', { ...EVENT, reason: 'Ready' }, subject()],
    ['action', { ...EVENT, action: 'Delete' }, subject()],
    ['subject', EVENT, subject('u2')],
  ])('starts another series if its %s differs', async (_case, event, about) => {
    await record();
    expect((await record(event, about)).method).toBe('POST');
    expect((await record()).method).toBe('PATCH');
  });

  it('starts a new series if the first event is deleted', async () => {
    await record();
    recorder.record(subject(), EVENT);
    (await server.next()).refuse(404);
    await recorder.flush();
    expect(log.messages).toEqual([]);
    expect((await record()).method).toBe('POST');
  });

  it('is logged and dropped if the series cannot be updated', async () => {
    await record();
    recorder.record(subject(), EVENT);
    (await server.next()).refuse(500);
    await recorder.flush();
    expect(log.messages).toEqual(['warn: cannot record an event; dropping it']);
    clock.advance(MINUTE_MS);
    expect(await record()).toMatchObject({ method: 'PATCH', body: { series: { count: 3 } } });
  });
});

function other(index: number): EventToRecord {
  return { ...EVENT, reason: `Reason${index}` };
}

describe('an object with too many events', () => {
  beforeEach(async () => {
    for (let index = 0; index < 25; index += 1) await record(other(index));
  });

  it('gets no more events after 25', async () => {
    await recordWithoutRequest(other(25));
    await recordWithoutRequest(other(26));
  });

  it('gets one event every five minutes', async () => {
    clock.advance(5 * MINUTE_MS - 1);
    await recordWithoutRequest(other(25));
    clock.advance(1);
    await record(other(26));
    await recordWithoutRequest(other(27));
  });

  it('accumulates a budget of at most 25', async () => {
    clock.advance(1000 * MINUTE_MS);
    for (let index = 100; index < 125; index += 1) await record(other(index));
    await recordWithoutRequest(other(125));
  });

  it('does not use the budget of another object', async () => {
    await record(EVENT, subject('u2'));
  });

  it('still has its series updated', async () => {
    expect((await record(other(0))).method).toBe('PATCH');
  });
});

describe('flush', () => {
  it('waits for every event', async () => {
    recorder.record(subject('u1'), EVENT);
    recorder.record(subject('u2'), EVENT);
    const calls: string[] = [];
    const flushing = recorder.flush().then(() => calls.push('flushed'));
    for (const answer of ['first', 'second']) {
      const exchange = await server.next();
      calls.push(answer);
      exchange.answer(201, {});
    }
    await flushing;
    expect(calls).toEqual(['first', 'second', 'flushed']);
  });

  it('resolves immediately without events', async () => {
    await recorder.flush();
  });
});
