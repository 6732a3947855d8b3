import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { PATHS } from './paths.ts';
import { exchange, parseResponses } from './testing/raw-exchange.ts';
import {
  CLOSE,
  expectHealthy,
  GET_HEALTH,
  readStatuses,
  type RunningService,
  startService,
} from './testing/running-service.ts';

const expecting = (what: string): string => `GET ${PATHS.health} HTTP/1.1\r\nExpect: ${what}\r\n`;

let service: RunningService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

describe('a malformed request', () => {
  it.each([
    ['no method', '/api/healthcheck HTTP/1.1\r\n'],
    ['no target', 'GET HTTP/1.1\r\n'],
    ['no version', 'GET /api/healthcheck\r\n'],
    ['a lower-case method', 'get /api/healthcheck HTTP/1.1\r\n'],
    ['an unknown short method', 'GO /api/healthcheck HTTP/1.1\r\n'],
    ['HTTP/0.9', 'GET /api/healthcheck HTTP/0.9\r\n'],
    ['HTTP/2.0', 'GET /api/healthcheck HTTP/2.0\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['NUL in the path', 'GET /api\0 HTTP/1.1\r\n'],
    ['a byte that is not ASCII in the path', 'GET /api\xff HTTP/1.1\r\n'],
    ['NUL in a header', 'GET /api/healthcheck HTTP/1.1\r\nX: \0\r\n'],
    ['a header without a colon', 'GET /api/healthcheck HTTP/1.1\r\nX\r\n'],
    ['a folded header', 'GET /api/healthcheck HTTP/1.1\r\nX: a\r\n b\r\n'],
    ['bare line feeds', 'GET /api/healthcheck HTTP/1.1\nHost: x\n\n'],
    ['two hosts', 'GET /api/healthcheck HTTP/1.1\r\nHost: a\r\n'],
    ['an invalid authority', 'GET http://[h/api/healthcheck HTTP/1.1\r\n'],
    ['* with GET', 'GET * HTTP/1.1\r\n'],
  ])('gets a 400 in JSON, and its connection is closed: %s', async (_name, head) => {
    const text = await exchange(service.port, head + CLOSE + GET_HEALTH);
    expect(readStatuses(text)).toEqual([400]);
    expect(parseResponses(text)[0]?.headers['connection']).toBe('close');
    await expectHealthy(service);
  });

  it.each([
    ['a URL of 64 KiB', `GET /${'a'.repeat(65_536)} HTTP/1.1\r\n`],
    ['a query of 64 KiB', `GET ${PATHS.convert}?fahrenheit=${'1'.repeat(65_536)} HTTP/1.1\r\n`],
    ['a header of 1 MiB', `GET / HTTP/1.1\r\nX: ${'a'.repeat(1_048_576)}\r\n`],
    ['4,000 headers', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(4_000)}`],
  ])('gets a 431 in JSON, and its connection is closed: %s', async (_name, head) => {
    expect(readStatuses(await exchange(service.port, head + CLOSE))).toEqual([431]);
    await expectHealthy(service);
  });

  it('gets a 417 if its expectation is unknown, and is served if it expects 100-continue', async () => {
    expect(readStatuses(await exchange(service.port, expecting('magic') + CLOSE + GET_HEALTH))).toEqual([417]);
    const text = await exchange(service.port, expecting('100-continue') + CLOSE);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('is disconnected if its client keeps sending', async () => {
    const socket = connect({ host: '127.0.0.1', port: service.port, allowHalfOpen: true });
    socket.write('\0');
    socket.resume();
    await once(socket, 'end');
    // The server has ended its side, and would wait for the client's side forever.
    const writing = setInterval(() => socket.write('\0'), 50);
    await new Promise((resolve) => socket.on('error', resolve));
    clearInterval(writing);
    await expectHealthy(service);
  });

  it('does not prevent the responses to requests that were pipelined before it', async () => {
    expect(readStatuses(await exchange(service.port, `${GET_HEALTH.repeat(50)}\0`))).toEqual([
      ...Array.from({ length: 50 }, () => 200),
      400,
    ]);
  });
});

describe('the Host header field', () => {
  const HEALTH = `GET ${PATHS.health} HTTP/1.1\r\n`;
  const END = 'Connection: close\r\n\r\n';

  it.each([
    ['is missing', HEALTH],
    ['is missing from another method', `POST ${PATHS.health} HTTP/1.1\r\n`],
    ['is missing from a method that Node does not know', `BREW ${PATHS.health} HTTP/1.1\r\n`],
    ['is missing from CONNECT', 'CONNECT converter:5000 HTTP/1.1\r\n'],
    ['is missing from a request about the server', 'OPTIONS * HTTP/1.1\r\n'],
    ['is missing although the target has a host', `GET http://converter${PATHS.health} HTTP/1.1\r\n`],
    ['is missing from a request with an expectation', expecting('magic')],
    ['is missing from a request for an unknown path', 'GET /nope HTTP/1.1\r\n'],
    ['is repeated with the same value', `${HEALTH}Host: a\r\nHost: a\r\n`],
    ['is repeated in another case', `${HEALTH}Host: a\r\nhOST: b\r\n`],
    ['is repeated without a value', `${HEALTH}Host: a\r\nHost:\r\n`],
    ['is repeated and empty', `${HEALTH}Host:\r\nHost:\r\n`],
    ['is repeated after many other fields', `${HEALTH}Host: a\r\n${'X: y\r\n'.repeat(500)}Host: a\r\n`],
    ['is repeated with HTTP/1.0', `GET ${PATHS.health} HTTP/1.0\r\nHost: a\r\nHost: a\r\n`],
    ['is repeated with a method that Node does not know', `BREW ${PATHS.health} HTTP/1.1\r\nHost: a\r\nHost: a\r\n`],
    ['is repeated although the target has a host', `GET http://a${PATHS.health} HTTP/1.1\r\nHost: a\r\nHost: a\r\n`],
    ['is not a host', `${HEALTH}Host: a b\r\n`],
    ['is a URI', `${HEALTH}Host: http://a/\r\n`],
    ['has a user', `${HEALTH}Host: user@a\r\n`],
    ['has a port that is not a number', `${HEALTH}Host: a:b\r\n`],
    ['is an incomplete address', `${HEALTH}Host: [::1\r\n`],
    ['is not ASCII', `${HEALTH}Host: \xe9\r\n`],
    ['is not a host, with HTTP/1.0', `GET ${PATHS.health} HTTP/1.0\r\nHost: a/b\r\n`],
    ['is not a host, with a method that Node does not know', `BREW ${PATHS.health} HTTP/1.1\r\nHost: a/b\r\n`],
    ['is not a host although the target has one', `GET http://a${PATHS.health} HTTP/1.1\r\nHost: a/b\r\n`],
  ])('causes a 400 in JSON and closes the connection if it %s', async (_name, head) => {
    const text = await exchange(service.port, head + END + GET_HEALTH);
    expect(readStatuses(text)).toEqual([400]);
    expect(parseResponses(text)[0]).toMatchObject({ headers: { connection: 'close' } });
    expect(parseResponses(text)[0]?.body).toContain('"error":"Bad request."');
    await expectHealthy(service);
  });

  it.each([
    ['is missing from HTTP/1.0', `GET ${PATHS.health} HTTP/1.0\r\n`],
    ['is empty, as from a client whose URI has no authority', `${HEALTH}Host:\r\n`],
    ['has a port', `${HEALTH}Host: converter:5000\r\n`],
    ['is an address', `${HEALTH}Host: [::1]:5000\r\n`],
    ['differs from the host of the target', `GET http://a${PATHS.health} HTTP/1.1\r\nHost: b\r\n`],
  ])('is accepted if it %s', async (_name, head) => {
    expect(readStatuses(await exchange(service.port, head + END))).toEqual([200]);
  });
});

describe('a request that two servers could read differently', () => {
  const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`;

  it.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
    ['Transfer-Encoding and Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 4\r\n'],
    ['a list of lengths', 'Content-Length: 0, 4\r\n'],
    ['a signed length', 'Content-Length: +4\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x4\r\n'],
    ['a negative length', 'Content-Length: -1\r\n'],
    ['an empty length', 'Content-Length:\r\n'],
    ['two lengths in one', 'Content-Length: 4 4\r\n'],
    ['a length beyond 64 bits', 'Content-Length: 18446744073709551617\r\n'],
    ['a length under a name with a NUL', 'Content-Length\0: 4\r\n'],
    ['a folded coding', 'Transfer-Encoding:\r\n chunked\r\n'],
    ['a quoted coding', 'Transfer-Encoding: "chunked"\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked\r\n'],
    ['a coding after chunked', 'Transfer-Encoding: chunked, identity\r\n'],
    ['two codings in two headers', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n'],
    ['a vertical tab before the coding', 'Transfer-Encoding:\vchunked\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['a bare carriage return', 'X: a\rTransfer-Encoding: chunked\r\n'],
  ])('is rejected, and nothing after it is read: %s', async (_name, headers) => {
    const request = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n${headers}\r\n0\r\n\r\n`;
    expect(readStatuses(await exchange(service.port, request + SMUGGLED))).toEqual([400]);
    await expectHealthy(service);
  });

  it('is rejected if it is chunked with HTTP/1.0', async () => {
    const request = `GET ${PATHS.health} HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(readStatuses(await exchange(service.port, request + SMUGGLED))).toEqual([400]);
  });

  it.each([
    ['a size that is not a number', 'zz\r\n'],
    ['a size with a prefix', '0x0\r\n\r\n'],
    ['a negative size', '-1\r\n\r\n'],
    ['a size beyond 64 bits', '10000000000000000\r\n'],
    ['a size with a bare line feed', '0\n\n'],
    ['more than its size', '1\r\nab\r\n0\r\n\r\n'],
    ['a trailer that is not a header', '0\r\nX\r\n\r\n'],
  ])('gets at most one response, and none for malformed chunks: %s', async (_name, chunks) => {
    const request = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
    expect(readStatuses(await exchange(service.port, request + SMUGGLED))).toEqual([200]);
    await expectHealthy(service);
  });

  it('closes its connection after an ignored upgrade', async () => {
    const request = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`;
    expect(readStatuses(await exchange(service.port, request + SMUGGLED))).toEqual([200]);
  });
});
