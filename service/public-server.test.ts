import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import express, { type Express } from 'express';
import { PATHS } from './paths.ts';
import { LIMITS } from './public-server.ts';
import { exchange, openConnection, parseResponses, type RawResponse } from './testing/raw-exchange.ts';
import {
  CLOSE,
  expectHealthy,
  GET_HEALTH,
  IDENTIFIER,
  readStatuses,
  type RunningService,
  type ServiceOptions,
  startService,
} from './testing/running-service.ts';

const GET_HEALTH_THEN_CLOSE = `GET ${PATHS.health} HTTP/1.1\r\n${CLOSE}`;

let service: RunningService;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.close());

async function restart(options: ServiceOptions): Promise<void> {
  await service.close();
  service = await startService(options);
}

async function get(target: string, headers = ''): Promise<RawResponse> {
  const [response] = parseResponses(await exchange(service.port, `GET ${target} HTTP/1.1\r\n${headers}${CLOSE}`));
  if (response === undefined) throw new Error(`No response to ${target}`);
  return response;
}

const GET_SLOW = 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n';

interface SlowApplication {
  application: Express;
  /** How many requests wait for `answerAll`. */
  pending: () => number;
  answerAll: () => void;
}

/** An application whose `/slow` answers with 202 when the test calls `answerAll`. */
function createSlowApplication(): SlowApplication {
  const answers: (() => void)[] = [];
  const application = express();
  application.get('/slow', async (_request, response) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    response.status(202).end();
  });
  application.use((_request, response) => void response.status(404).end());
  return {
    application,
    pending: () => answers.length,
    answerAll: () => {
      for (const resolve of answers.splice(0)) resolve();
    },
  };
}

/** Resolves as soon as `condition` holds; the time limit of the test ends the wait. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a response', () => {
  it('has no unnecessary headers', async () => {
    const { headers } = await get(`${PATHS.convert}?fahrenheit=212`, 'If-None-Match: *\r\n');
    expect(Object.keys(headers).toSorted()).toEqual(['connection', 'content-length', 'content-type', 'date']);
  });

  it('has the number, then the identifier', async () => {
    expect((await get(`${PATHS.convert}?fahrenheit=98.6`)).body).toBe(
      `{"celsius":37,"app_identifier":"${IDENTIFIER}"}`,
    );
  });

  it('to HEAD is the response to GET without the body', async () => {
    const text = await exchange(service.port, `HEAD ${PATHS.convert}?fahrenheit=98.6 HTTP/1.1\r\n${CLOSE}`);
    const [head] = parseResponses(text, { bodyless: true });
    expect(head?.status).toBe(200);
    expect(head?.headers['content-length']).toBe(String(`{"celsius":37,"app_identifier":"${IDENTIFIER}"}`.length));
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it.each(Object.values(PATHS))('to another method on %s is a 405 that lists the allowed ones', async (path) => {
    for (const method of ['POST', 'OPTIONS', 'DELETE', 'TRACE', 'PROPFIND', 'BREW', 'CONNECT']) {
      const [response] = parseResponses(await exchange(service.port, `${method} ${path} HTTP/1.1\r\n${CLOSE}`));
      expect(response).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD', connection: 'close' } });
      expect(JSON.parse(response?.body ?? '')).toEqual({ error: 'Method not allowed.', app_identifier: IDENTIFIER });
    }
  });
});

describe('a method that Node does not know', () => {
  it.each([...Object.values(PATHS), `${PATHS.health}?x`, '/%61pi/healthcheck', `${PATHS.health}/`, '/', 'http://x/'])(
    'gets the same response as a known one on %s',
    async (target) => {
      const [known, unknown] = await Promise.all(
        ['DELETE', 'BREW'].map(async (method) => {
          const text = await exchange(service.port, `${method} ${target} HTTP/1.1\r\n${CLOSE}`);
          const [response] = parseResponses(text);
          const { allow, connection, 'content-type': type } = response?.headers ?? {};
          return { status: response?.status, body: response?.body, allow, connection, type };
        }),
      );
      expect(unknown).toEqual(known);
      expect([404, 405]).toContain(known?.status);
    },
  );
});

describe('keep-alive', () => {
  it('answers pipelined requests in order, with and without bodies', async () => {
    const targets = Array.from({ length: 200 }, (_, fahrenheit) => `${PATHS.convert}?fahrenheit=${fahrenheit}`);
    const requests = targets.map((target, index) =>
      index % 2 === 0
        ? `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`
        : `GET ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /`,
    );
    const text = await exchange(service.port, requests.join('') + GET_HEALTH_THEN_CLOSE);
    const bodies = parseResponses(text).map(({ body }) => JSON.parse(body) as object);
    const conversions = targets.map((_, fahrenheit) => ({
      celsius: ((fahrenheit - 32) * 5) / 9,
      app_identifier: IDENTIFIER,
    }));
    expect(bodies).toEqual([...conversions, { app_identifier: IDENTIFIER }]);
  });

  it('ignores a chunked body and continues with the next request', async () => {
    const chunked = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
    expect(readStatuses(await exchange(service.port, chunked + GET_HEALTH_THEN_CLOSE))).toEqual([200, 200]);
  });

  it('reads a request that arrives byte by byte', async () => {
    const { socket, received } = await openConnection(service.port);
    for (const byte of Buffer.from(GET_HEALTH)) {
      await new Promise((resolve) => {
        socket.write(Buffer.of(byte), resolve);
      });
    }
    await until(() => received().endsWith('}'));
    socket.destroy();
    expect(readStatuses(received())).toEqual([200]);
  });

  it('closes after an HTTP/1.0 request unless it requests keep-alive', async () => {
    expect(readStatuses(await exchange(service.port, `GET ${PATHS.health} HTTP/1.0\r\n\r\n`))).toEqual([200]);
    const keepAlive = `GET ${PATHS.health} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`;
    expect(readStatuses(await exchange(service.port, keepAlive + GET_HEALTH_THEN_CLOSE))).toEqual([200, 200]);
  });

  it('ends once shutdown has begun, and the health check fails', async () => {
    const { socket, received } = await openConnection(service.port);
    const closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.write(GET_HEALTH);
    await until(() => received().endsWith('}'));
    service.beginStopping();
    socket.write(GET_HEALTH);
    await closed;
    const [before, after] = parseResponses(received());
    expect(before).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } });
    expect(after).toMatchObject({ status: 503, headers: { connection: 'close' } });
    expect(JSON.parse(after?.body ?? '')).toEqual({
      error: 'The service is shutting down.',
      app_identifier: IDENTIFIER,
    });
    expect((await get(`${PATHS.convert}?fahrenheit=32`)).status).toBe(200);
  });
});

/** Opens a connection and resolves once it is rejected because its head took too long. */
async function spendHeadersTimeout(): Promise<void> {
  expect(parseResponses(await exchange(service.port, 'GET /'))).toMatchObject([{ status: 408 }]);
}

describe('a client that is slow or disconnects', () => {
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

  it.each([
    ['sends nothing but an empty line', '\r\n'],
    ['stops in the request line', 'GET /api/he'],
    ['stops in the headers', `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nX: `],
  ])('gets a 408 and is disconnected if it %s', async (_name, bytes) => {
    await restart({ limits });
    expect(readStatuses(await exchange(service.port, bytes))).toEqual([408]);
    await expectHealthy(service);
  });

  it.each([
    ['of a head', '', ['GET /api/he', 'a', 'a']],
    ['of empty lines', '', ['\r\n', '\r\n']],
    ['of a head after a response', GET_HEALTH, ['GET /api/he', 'a', 'a']],
    ['of empty lines after a response', GET_HEALTH, ['\r\n', '\r\n']],
  ])('gets a 408 and is disconnected if it sends bytes %s slowly and without end', async (_name, before, parts) => {
    await restart({ limits });
    const { socket, received } = await openConnection(service.port);
    const closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.write(before);
    await until(() => before === '' || received().endsWith('}'));
    const [first = '', ...rest] = parts;
    socket.write(first);
    const dribbling = setInterval(() => socket.write(rest[0] ?? ''), limits.connectionsCheckingInterval);
    await closed;
    clearInterval(dribbling);
    expect(readStatuses(received())).toEqual(before === '' ? [408] : [200, 408]);
    await expectHealthy(service);
  });

  it('is served if it opens its connection long before its first request', async () => {
    await restart({ limits });
    const { socket, received } = await openConnection(service.port);
    await spendHeadersTimeout();
    expect(received()).toBe('');
    socket.write(GET_HEALTH);
    await until(() => received().endsWith('}'));
    expect(readStatuses(received())).toEqual([200]);

    // After its first request, the connection is like any other.
    await spendHeadersTimeout();
    socket.write(GET_HEALTH_THEN_CLOSE);
    await until(() => socket.destroyed);
    expect(readStatuses(received())).toEqual([200, 200]);
  });

  it('must complete its first request in time, even if it opens its connection long before', async () => {
    await restart({ limits });
    const { socket, received } = await openConnection(service.port);
    await spendHeadersTimeout();
    socket.write('GET /api/he');
    await until(() => socket.destroyed);
    expect(readStatuses(received())).toEqual([408]);
  });

  it('is disconnected without a response if it never uses its connection', async () => {
    await restart({ limits: { keepAliveTimeout: 1, connectionsCheckingInterval: 20 } });
    expect(await exchange(service.port, '')).toBe('');
    expect([...service.statistics.refused()]).toEqual([]);
  });

  it('has more time for a body than for a head', async () => {
    await restart({ limits: { ...limits, requestTimeout: 60_000 } });
    const { socket, received } = await openConnection(service.port);
    socket.write(`GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const dribbling = setInterval(() => socket.write('1\r\na\r\n'), limits.connectionsCheckingInterval);
    await spendHeadersTimeout();
    clearInterval(dribbling);
    socket.write(`0\r\n\r\n${GET_HEALTH_THEN_CLOSE}`);
    await until(() => socket.destroyed);
    expect(readStatuses(received())).toEqual([200, 200]);
  });

  it('gets a response even if the handler takes longer than the time limit of a head', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    await restart({ limits, application });
    const answered = exchange(service.port, `GET /slow HTTP/1.1\r\n${CLOSE}`);
    await until(() => pending() === 1);
    await spendHeadersTimeout();
    answerAll();
    expect(parseResponses(await answered)).toMatchObject([{ status: 202 }]);
  });

  it('is disconnected after CONNECT, even if it does not close the connection', async () => {
    const socket = connect({ host: '127.0.0.1', port: service.port, allowHalfOpen: true });
    socket.write(`CONNECT ${PATHS.health} HTTP/1.1\r\nHost: x\r\n\r\nwhat follows`);
    socket.resume();
    await once(socket, 'end');
    await until(() => service.connections.size === 0);
    socket.destroy();
  });

  it('gets no second response if it stops in the middle of a body', async () => {
    await restart({ limits });
    const request = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc`;
    expect(readStatuses(await exchange(service.port, request))).toEqual([200]);
  });

  it('keeps its idle connection for the keep-alive timeout', async () => {
    await restart({ limits: { keepAliveTimeout: 1 } });
    expect(readStatuses(await exchange(service.port, GET_HEALTH))).toEqual([200]);
  });

  it('leaves the service healthy if it disconnects at any point', async () => {
    const request = `GET ${PATHS.convert}?fahrenheit=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`;
    for (let length = 0; length <= request.length; length += 7) {
      const { socket } = await openConnection(service.port);
      socket.write(request.slice(0, length));
      if (length % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    await expectHealthy(service);
  });
});

function countRequests(): string[] {
  return [...service.statistics.series()].map(({ route, method, status, count }) =>
    [route, method, status, count].join(' '),
  );
}

describe('a response that its handler sends later', () => {
  it('precedes the response to malformed bytes after its request', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    await restart({ application });
    const answered = exchange(
      service.port,
      `${GET_SLOW}GET /nope HTTP/1.1\r\nHost: x\r\n\r\n${GET_SLOW}${GET_HEALTH}\0`,
    );
    await until(() => pending() === 2);
    // A response on a later connection means that the earlier one has been read completely.
    await exchange(service.port, '\0');
    answerAll();
    expect(parseResponses(await answered).map(({ status }) => status)).toEqual([202, 404, 202, 404, 400]);
  });
});

describe('a malformed body', () => {
  const request = 'GET /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('gets a 400 even while its handler, which may wait for the body, has not responded', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    await restart({ application });
    const text = await exchange(service.port, `${request}zz\r\n`);
    expect(readStatuses(text)).toEqual([400]);
    expect(pending()).toBe(1);
    answerAll();
    await until(() => countRequests().length > 0);
    expect(countRequests()).toEqual(['/slow GET 499 1']);
  });

  it('gets its response after the requests before it', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    await restart({ application });
    const answered = exchange(service.port, `${GET_SLOW}${request}zz\r\n`);
    await until(() => pending() === 2);
    await exchange(service.port, '\0');
    answerAll();
    expect(parseResponses(await answered).map(({ status }) => status)[0]).toBe(202);
  });
});

describe('the time limits', () => {
  it('are the ones in docs/http-api.md', () => {
    expect(LIMITS).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
    });
  });
});

describe('statistics', () => {
  it('count each request by route, method and status, from closed sets', async () => {
    for (const line of [
      `GET ${PATHS.health}`,
      `GET ${PATHS.health}?x`,
      'GET /nope',
      `BIND ${PATHS.convert}`,
      'HEAD /',
    ]) {
      await exchange(service.port, `${line} HTTP/1.1\r\n${CLOSE}`);
    }
    expect(countRequests()).toEqual([
      `${PATHS.health} GET 200 2`,
      'unmatched GET 404 1',
      'unmatched HEAD 404 1',
      `${PATHS.convert} other 405 1`,
    ]);
  });

  it('count unreadable requests by status', async () => {
    await exchange(service.port, '\0');
    await exchange(service.port, `GET * HTTP/1.1\r\n${CLOSE}`);
    await exchange(service.port, `BREW / HTTP/1.1\r\n${CLOSE}`);
    expect([...service.statistics.refused()]).toEqual([
      [400, 2],
      [404, 1],
    ]);
    expect([...service.statistics.series()]).toEqual([]);
  });

  it('count the status once it is sent, even if the handler responds later', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    const statuses: number[] = [];
    await restart({ application, onAnswered: ({ status }) => statuses.push(status) });
    const answered = exchange(service.port, `GET /slow HTTP/1.1\r\n${CLOSE}`);
    await until(() => pending() === 1);
    expect(countRequests()).toEqual([]);
    answerAll();
    expect(parseResponses(await answered)).toMatchObject([{ status: 202 }]);
    expect(countRequests()).toEqual(['/slow GET 202 1']);
    expect(statuses).toEqual([202]);
  });

  it('count 499 for each request whose client disconnects before the response, including pipelined and rejected ones', async () => {
    const { application, pending, answerAll } = createSlowApplication();
    await restart({ application });
    const { socket } = await openConnection(service.port);
    socket.write(`${GET_SLOW}${GET_SLOW}GET * HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => pending() === 2);
    socket.destroy();
    await until(() => service.statistics.refused().size > 0 && countRequests().length > 0);
    answerAll();
    expect((await get('/nope')).status).toBe(404);
    expect(countRequests()).toEqual(['/slow GET 499 2', 'unmatched GET 404 1']);
    expect([...service.statistics.refused()]).toEqual([[499, 1]]);
  });

  it('count CONNECT, after which the connection is no longer HTTP', async () => {
    await exchange(service.port, `CONNECT ${PATHS.health} HTTP/1.1\r\n${CLOSE}`);
    expect(countRequests()).toEqual([`${PATHS.health} other 405 1`]);
  });

  it('write each request and its status to the request log', async () => {
    const answered: object[] = [];
    await restart({ onAnswered: (request) => answered.push(request) });
    await get(`${PATHS.convert}?fahrenheit=%31#part`);
    expect(answered).toEqual([
      {
        method: 'GET',
        target: `${PATHS.convert}?fahrenheit=%31#part`,
        status: 200,
        durationMs: expect.any(Number),
      },
    ]);
  });
});
