import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiServerConnection } from './connection.ts';
import { ApiError, ConnectionError, MalformedResponseError, WriteFencedError } from './errors.ts';
import { eventually } from '../testing/eventually.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type Exchange, FakeServer, kubeConfigOf } from '../testing/fake-server.ts';
import { type ApiRequest, KubeClient } from './client.ts';

const GET: ApiRequest = { method: 'GET', path: '/api/v1/namespaces/blue/pods' };
const WRITES = [
  { method: 'POST', path: '/x', body: {} },
  { method: 'PUT', path: '/x', body: {} },
  { method: 'PATCH', path: '/x', body: {} },
  { method: 'DELETE', path: '/x' },
] as const satisfies ApiRequest[];

let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Returns the error of a rejected promise. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved to ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Returns a connection that reads its tokens from a function. */
function connectionWith(token: () => Promise<string>): ApiServerConnection {
  const config = kubeConfigOf(server.url, { authProvider: { name: 'test' } });
  config.addAuthenticator({
    isAuthProvider: () => true,
    applyAuthentication: async (_user, options) => {
      options.headers = { ...options.headers, authorization: `Bearer ${await token()}` };
    },
  });
  return new ApiServerConnection(config);
}

describe('a request', () => {
  it('is sent with its method, path, query and body, and with the user agent', async () => {
    const query = { fieldManager: 'me & you', force: 'true' };
    const request: ApiRequest = {
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/blue/deployments/web',
      query,
      body: { spec: { text: 'äöü €' } },
      bodyType: 'application/apply-patch+yaml',
    };
    const answer = server.client({ userAgent: 'operator/1.2' }).send(request);
    const exchange = await server.next();
    exchange.answer(200, {});
    await answer;
    expect(exchange.request).toMatchObject({ method: 'PATCH', path: request.path, query, body: request.body });
    expect(exchange.request.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/apply-patch+yaml',
      'user-agent': 'operator/1.2',
    });
  });

  it('has a JSON body by default', async () => {
    const answer = server.client().send({ method: 'POST', path: '/x', body: { a: 1 } });
    const exchange = await server.next();
    exchange.answer(201, {});
    await answer;
    expect(exchange.request.headers['content-type']).toBe('application/json');
  });

  it('has no content type without a body', async () => {
    const answer = server.client().send(GET);
    const exchange = await server.next();
    exchange.answer(200, {});
    await answer;
    expect(exchange.request.body).toBeUndefined();
    expect(exchange.request.headers).not.toHaveProperty('content-type');
  });

  it.each(['', '/'])('is sent below the path of the server URL, as behind a proxy (with suffix "%s")', async (end) => {
    const connection = new ApiServerConnection(kubeConfigOf(`${server.url}/clusters/one${end}`));
    const answer = new KubeClient({ connection, userAgent: 'test' }).send(GET);
    const exchange = await server.next();
    exchange.answer(200, {});
    await answer;
    expect(exchange.request.path).toBe('/clusters/one/api/v1/namespaces/blue/pods');
  });

  it('is sent with the token', async () => {
    const connection = new ApiServerConnection(kubeConfigOf(server.url, { token: 'secret' }));
    const answer = new KubeClient({ connection, userAgent: 'test' }).send(GET);
    const exchange = await server.next();
    exchange.answer(200, {});
    await answer;
    expect(exchange.request.headers.authorization).toBe('Bearer secret');
  });
});

describe('a response', () => {
  it('is parsed, regardless of how it is split into chunks', async () => {
    const answer = server.client().send(GET);
    const exchange = await server.next();
    exchange.begin();
    const text = Buffer.from(JSON.stringify({ name: 'Zürich', items: [1, 2] }));
    for (const byte of text) await exchange.write(Buffer.of(byte));
    exchange.end();
    expect(await answer).toEqual({ name: 'Zürich', items: [1, 2] });
  });

  it.each([
    [404, { reason: 'NotFound', message: 'pods "x" not found' }],
    [409, { reason: 'Conflict', message: 'the object has been modified' }],
    [422, { reason: 'Invalid', message: 'no', details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec' }] } }],
    [500, { reason: 'InternalError', message: 'etcd has no leader' }],
    [503, { reason: 'ServiceUnavailable', message: 'shutting down' }],
  ])('with code %d is an ApiError with the reason and message of the server', async (code, status) => {
    const answer = server.client().send(GET);
    (await server.next()).refuse(code, status);
    const error = await failureOf(answer);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code,
      reason: status.reason,
      status,
      message: `GET ${GET.path}: ${code} ${status.reason}: ${status.message}`,
    });
  });

  it('with code 301 is an ApiError: redirects are not followed', async () => {
    const answer = server.client().send(GET);
    (await server.next()).answer(301, '', { location: '/elsewhere' });
    expect(await failureOf(answer)).toMatchObject({ name: 'ApiError', code: 301 });
    expect(server.count).toBe(1);
  });

  it.each([
    ['7', 7000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ])('with Retry-After %j has a retryAfterMs of %s', async (header, retryAfterMs) => {
    const answer = server.client().send(GET);
    (await server.next()).refuse(429, { reason: 'TooManyRequests' }, { 'retry-after': header });
    expect(await failureOf(answer)).toMatchObject({ code: 429, retryAfterMs });
  });

  it.each([
    ['plain text', 'Too many requests, please try again later.\n', 'Too many requests, please try again later.'],
    ['a page of a proxy', '<html>Bad Gateway</html>', '<html>Bad Gateway</html>'],
    ['JSON that is not an object', '"no"', '"no"'],
    ['null', 'null', 'null'],
    ['an empty body', '', ''],
    ['a long body', 'x'.repeat(2000), 'x'.repeat(500)],
  ])('with an error and %s has the text as its message', async (_case, body, message) => {
    const answer = server.client().send(GET);
    (await server.next()).answer(502, body);
    expect(await failureOf(answer)).toMatchObject({ name: 'ApiError', code: 502, status: { message } });
  });

  it.each(['{"items":[', '', 'ok'])('with the body %j is malformed', async (body) => {
    const answer = server.client().send(GET);
    (await server.next()).answer(200, body);
    const error = await failureOf(answer);
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(error).toMatchObject({ message: expect.stringContaining(`GET ${GET.path}: cannot parse the response`) });
  });
});

describe('a request without a response rejects with a ConnectionError', () => {
  it('when the connection is refused', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => {
      closed.listen(0, '127.0.0.1', resolve);
    });
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const connection = new ApiServerConnection(kubeConfigOf(`http://127.0.0.1:${port}`));
    const error = await failureOf(new KubeClient({ connection, userAgent: 'test' }).send(GET));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });

  it('when the connection is reset before the response', async () => {
    const answer = server.client().send(GET);
    (await server.next()).reset();
    expect(await failureOf(answer)).toBeInstanceOf(ConnectionError);
  });

  it('when the connection is reset during the response', async () => {
    const answer = server.client().send(GET);
    const exchange = await server.next();
    exchange.begin({ 'content-length': 100 });
    await exchange.write('{"items":[');
    exchange.reset();
    expect(await failureOf(answer)).toBeInstanceOf(ConnectionError);
  });

  it('when the response does not start before the timeout, and aborts the request', async () => {
    const answer = server.client().send({ ...GET, timeoutMs: 1_000 });
    const exchange = await server.next();
    expect(await failureOf(answer)).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('timeout'),
    });
    await exchange.closed;
  });

  it('when the response does not end before the timeout, and aborts the request', async () => {
    const answer = server.client().send({ ...GET, timeoutMs: 1_000 });
    const exchange = await server.next();
    exchange.begin();
    await exchange.write('{"items":[');
    expect(await failureOf(answer)).toBeInstanceOf(ConnectionError);
    await exchange.closed;
  });

  it('when the TLS handshake does not end before the timeout, and closes the connection', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    // SAFETY: a server that listens on TCP has such an address.
    const { port } = silent.address() as AddressInfo;
    const closed = new Promise<void>((resolve) => {
      silent.once('connection', (socket) => socket.resume().once('close', () => resolve()));
    });
    const connection = new ApiServerConnection(kubeConfigOf(`https://127.0.0.1:${port}`));
    const client = new KubeClient({ connection, userAgent: 'test' });
    expect(await failureOf(client.send({ ...GET, timeoutMs: 1_000 }))).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('timeout'),
    });
    await closed;
    silent.close();
  });

  it('when the caller aborts it', async () => {
    const controller = new AbortController();
    const answer = server.client().send(GET, controller.signal);
    const exchange = await server.next();
    controller.abort();
    expect(await failureOf(answer)).toBeInstanceOf(ConnectionError);
    await exchange.closed;
  });

  it('when the credentials cannot be read', async () => {
    const config = kubeConfigOf(server.url, { certFile: '/nowhere/client.crt' });
    const client = new KubeClient({ connection: new ApiServerConnection(config), userAgent: 'test' });
    const error = await failureOf(client.send(GET));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: expect.stringContaining('/nowhere/client.crt') });
    expect(server.count).toBe(0);
  });
});

it('a request that times out closes idle connections, which may be dead too', async () => {
  const client = server.keepAliveClient();
  const first = client.send(GET);
  const idle = await server.next();
  const second = client.send({ ...GET, timeoutMs: 1_000 });
  await server.next();
  idle.answer(200, {});
  await first;
  expect(await failureOf(second)).toBeInstanceOf(ConnectionError);
  await idle.disconnected;
});

describe('write fencing', () => {
  it.each(WRITES)('rejects a $method that is not allowed before it is sent', async (request) => {
    const error = await failureOf(server.client({ mayWrite: () => false }).send(request));
    expect(error).toBeInstanceOf(WriteFencedError);
    expect(error).toMatchObject({ message: expect.stringContaining(`${request.method} /x`) });
    expect(server.count).toBe(0);
  });

  it('allows reads', async () => {
    const answer = server.client({ mayWrite: () => false }).send(GET);
    (await server.next()).answer(200, { items: [] });
    expect(await answer).toEqual({ items: [] });
  });

  it.each(WRITES)('is checked before each $method', async (request) => {
    let isLeader = true;
    const client = server.client({ mayWrite: () => isLeader });
    const answer = client.send(request);
    (await server.next()).answer(200, {});
    await answer;
    isLeader = false;
    expect(await failureOf(client.send(request))).toBeInstanceOf(WriteFencedError);
    expect(server.count).toBe(1);
  });

  it('rejects a write if the lease is lost while the credentials are read', async () => {
    let isLeader = true;
    const connection = connectionWith(() => {
      isLeader = false;
      return Promise.resolve('late');
    });
    const client = new KubeClient({ connection, userAgent: 'test', mayWrite: () => isLeader });
    expect(await failureOf(client.send({ method: 'POST', path: '/x', body: {} }))).toBeInstanceOf(WriteFencedError);
    expect(server.count).toBe(0);
  });
});

describe('a client for dry runs', () => {
  it.each(WRITES)('has the server try, and not store, a $method', async (request) => {
    const sent = server.client({ dryRun: true }).send({ ...request, query: { force: 'true' } });
    const exchange = await server.next();
    expect(exchange.request.query).toEqual({ force: 'true', dryRun: 'All' });
    exchange.answer(200, {});
    await sent;
  });

  it.each(WRITES)('is not any other client, whose $method is stored', async (request) => {
    const sent = server.client().send(request);
    const exchange = await server.next();
    expect(exchange.request.query).toEqual({});
    exchange.answer(200, {});
    await sent;
  });

  it('reads as any other', async () => {
    const sent = server.client({ dryRun: true }).send(GET);
    const exchange = await server.next();
    expect(exchange.request.query).toEqual({});
    exchange.answer(200, {});
    await sent;
  });
});

describe('a refused token', () => {
  it('makes the next request read the credentials again', async () => {
    let token = 'old';
    const connection = connectionWith(() => Promise.resolve(token));
    const client = new KubeClient({ connection, userAgent: 'test' });
    const tokenOf = async (code: number): Promise<string | undefined> => {
      const answer = client.send(GET).catch(() => undefined);
      const exchange = await server.next();
      exchange.answer(code, {});
      await answer;
      return exchange.request.headers.authorization;
    };
    expect(await tokenOf(200)).toBe('Bearer old');
    token = 'new';
    expect(await tokenOf(403)).toBe('Bearer old');
    expect(await tokenOf(401)).toBe('Bearer old');
    expect(await tokenOf(200)).toBe('Bearer new');
  });
});

describe('the observer', () => {
  it('receives the status of each response, and 0 if there is none', async () => {
    const calls: [string, number][] = [];
    const client = server.client({ onResponse: (method, code) => calls.push([method, code]) });
    const end = async (request: ApiRequest, code: number): Promise<void> => {
      const answer = client.send(request).catch(() => undefined);
      const exchange = await server.next();
      if (code === 0) exchange.reset();
      else exchange.answer(code, {});
      await answer;
    };
    await end(GET, 200);
    await end({ method: 'PATCH', path: '/x', body: {} }, 409);
    await end(GET, 0);
    expect(calls).toEqual([
      ['GET', 200],
      ['PATCH', 409],
      ['GET', 0],
    ]);
  });
});

describe('open', () => {
  it('resolves once the response headers are received', async () => {
    const controller = new AbortController();
    const opening = server.client().open(GET, controller.signal);
    const exchange = await server.next();
    exchange.begin();
    const response = await opening;
    expect(response.statusCode).toBe(200);
    response.once('error', () => undefined);
    controller.abort();
    await exchange.closed;
  });

  it('rejects with the error of the server', async () => {
    const opening = server.client().open(GET, new AbortController().signal);
    (await server.next()).refuse(410, { reason: 'Expired' });
    expect(await failureOf(opening)).toMatchObject({ name: 'ApiError', code: 410, reason: 'Expired' });
  });
});

describe('a client that receives Retry-After', () => {
  it.each<[string, (exchange: Exchange) => void]>([
    ['in a header', (exchange) => exchange.refuse(429, {}, { 'retry-after': '3' })],
    ['in the details of a Status', (exchange) => exchange.refuse(503, { details: { retryAfterSeconds: 3 } })],
  ])('%s sends nothing until it has passed', async (_case, refuse) => {
    const clock = new FakeClock();
    const client = server.client({ clock });
    const refused = failureOf(client.send(GET));
    refuse(await server.next());
    expect(await refused).toMatchObject({ retryAfterMs: 3000 });
    const requests = [client.send(GET), client.send({ ...GET, path: '/other' })];
    await eventually(() => expect(clock.delaysMs).toEqual([3000, 3000]));
    clock.advance(2999);
    expect(server.count).toBe(1);
    clock.advance(1);
    for (const _ of requests) (await server.next()).answer(200, {});
    await Promise.all(requests);
    expect(clock.delaysMs).toEqual([]);
  });

  it('stops waiting when a request is aborted', async () => {
    const client = server.client({ clock: new FakeClock() });
    const refused = failureOf(client.send(GET));
    (await server.next()).refuse(429, {}, { 'retry-after': '3' });
    await refused;
    const stop = new AbortController();
    const aborted = failureOf(client.send(GET, stop.signal));
    stop.abort(new Error('stopped'));
    expect(await aborted).toMatchObject({ name: 'ConnectionError' });
  });
});
