import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnection } from './open-connection.ts';

const OPENED_MS = 1_000_000;
const LIMITS = { headersTimeout: 10_000, keepAliveTimeout: 65_000 };

/** What happens on a connection, by the second after it was opened. */
type Event = 'byte' | 'request' | 'answer' | 'end of body';

/** Checks a connection every second, as the server does, and gives the first delay that it finds, with its second. */
function findDelay(events: Readonly<Record<number, readonly Event[]>>): [number, string] | undefined {
  const socket = { bytesRead: 0 };
  const responses: { closed: boolean; writableEnded: boolean; req: { complete: boolean } }[] = [];
  // SAFETY: all that a connection reads of a socket and of a response.
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
    ['that is used in time does not wait for its first request', { 64: EXCHANGE }, undefined],
    ['waits for the first head from its first byte on', { 64: ['byte'] }, [74, 'head']],
    ['does not wait longer if the head comes byte by byte', bytes(30, 200), [40, 'head']],
    ['waits for no head that has arrived', { ...bytes(30, 38), 39: EXCHANGE }, undefined],
    ['is idle after an answer: Node ends that', { 1: EXCHANGE, 90: EXCHANGE }, undefined],
    ['waits for bytes that are no head after an answer, too', { 1: EXCHANGE, ...bytes(50, 200) }, [60, 'head']],
    ['waits for a handler as long as that takes', { 1: ['request', 'end of body'], 150: ['answer'] }, undefined],
    [
      'counts no bytes that come before an answer',
      { 1: ['request', 'end of body'], ...bytes(2, 150), 151: ['answer'] },
      undefined,
    ],
    [
      'waits for a body as long as Node does',
      { 1: ['request', 'answer'], ...bytes(2, 98), 99: ['end of body'] },
      undefined,
    ],
    [
      'counts from anew after each request',
      { 0: ['byte'], 9: EXCHANGE, 18: ['byte'], 27: EXCHANGE, 36: ['byte'] },
      [46, 'head'],
    ],
  ] as [string, Record<number, Event[]>, [number, string] | undefined][])('%s', (_name, events, delay) => {
    expect(findDelay(events)).toEqual(delay);
  });
});
