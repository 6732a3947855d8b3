import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnection } from './open-connection.ts';

const OPENED_MS = 1_000_000;
const LIMITS = { headersTimeout: 10_000, keepAliveTimeout: 65_000 };

/** The events on a connection, by the second after it was opened. */
type Event = 'byte' | 'request' | 'answer' | 'end of body';

/** Checks a connection every second, as the server does, and returns the first delay, with the second of the check. */
function findDelay(events: Readonly<Record<number, readonly Event[]>>): [number, string] | undefined {
  const socket = { bytesRead: 0 };
  const responses: { closed: boolean; writableEnded: boolean; req: { complete: boolean } }[] = [];
  // SAFETY: a connection reads only these fields of a socket and of a response.
  const connection = new OpenConnection(socket as Socket, OPENED_MS);
  const happen = (event: Event): void => {
    const latest = responses.at(-1);
    if (event === 'byte' || event === 'request') socket.bytesRead += 1;
    if (event === 'request') {
      const response = { closed: false, writableEnded: false, req: { complete: false } };
      responses.push(response);
      connection.receive(response as ServerResponse);
    } else if (event === 'answer' && latest !== undefined) {
      latest.closed = true;
      connection.release(latest as ServerResponse);
    } else if (event === 'end of body' && latest !== undefined) {
      socket.bytesRead += 1;
      latest.req.complete = true;
    }
  };
  for (let second = 0; second <= 200; second++) {
    for (const event of events[second] ?? []) happen(event);
    const delay = connection.findDelay(OPENED_MS + second * 1_000, LIMITS);
    if (delay !== undefined) return [second, delay];
  }
  return undefined;
}

const bytes = (from: number, to: number): Record<number, Event[]> =>
  Object.fromEntries(Array.from({ length: to - from + 1 }, (_, index) => [from + index, ['byte']]));
const EXCHANGE = ['request', 'end of body', 'answer'] as const;

describe('OpenConnection', () => {
  it.each([
    ['that is never used waits as long as an idle one', {}, [65, 'first request']],
    ['that is used in time has no delay', { 64: EXCHANGE }, undefined],
    ['measures the delay of the first head from its first byte', { 64: ['byte'] }, [74, 'head']],
    ['does not wait longer if the head arrives byte by byte', bytes(30, 200), [40, 'head']],
    ['has no delay once the head has arrived', { ...bytes(30, 38), 39: EXCHANGE }, undefined],
    ['is idle after a response: Node closes it', { 1: EXCHANGE, 90: EXCHANGE }, undefined],
    ['also waits for a head after a response', { 1: EXCHANGE, ...bytes(50, 200) }, [60, 'head']],
    ['has no delay while a handler works', { 1: ['request', 'end of body'], 150: ['answer'] }, undefined],
    [
      'ignores bytes that arrive before a response',
      { 1: ['request', 'end of body'], ...bytes(2, 150), 151: ['answer'] },
      undefined,
    ],
    [
      'leaves the time limit of a body to Node',
      { 1: ['request', 'answer'], ...bytes(2, 98), 99: ['end of body'] },
      undefined,
    ],
    [
      'starts the measurement again after each request',
      { 0: ['byte'], 9: EXCHANGE, 18: ['byte'], 27: EXCHANGE, 36: ['byte'] },
      [46, 'head'],
    ],
  ] as [string, Record<number, Event[]>, [number, string] | undefined][])('%s', (_name, events, delay) => {
    expect(findDelay(events)).toEqual(delay);
  });
});
