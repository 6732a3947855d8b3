import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get as request } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PATHS } from './paths.ts';
import { exchange, openConnection, parseResponses } from './testing/raw-exchange.ts';
import { formatRequest, readReferenceAnswers } from './testing/reference-answers.ts';
import { CLOSE, startService } from './testing/running-service.ts';

const ROOT = join(import.meta.dirname, '..');
const NODE = process.execPath;

/** The service in a separate process. */
interface Program {
  process: ChildProcess;
  port: number;
  metricsPort: number;
  stdout: () => string;
  stderr: () => string;
  /** Resolves to the exit code, or to the signal that ended the process. */
  ended: Promise<number | string>;
}

// Processes start slowly on a busy machine.
jest.setTimeout(60_000);

let directory: string;
let bundle: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-bundle-'));
  bundle = join(directory, 'service.js');
  await promisify(execFile)(NODE, ['scripts/build.ts', 'service', '--outdir', directory], { cwd: ROOT });
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => rm(directory, { recursive: true }));

async function occupyPort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with one.
  return { server, port: (server.address() as AddressInfo).port };
}

async function findFreePorts(): Promise<[number, number]> {
  const [one, other] = await Promise.all([occupyPort(), occupyPort()]);
  one.server.close();
  other.server.close();
  return [one.port, other.port];
}

/** Starts the program with only these environment variables, besides its endpoints. */
async function start(environment: Record<string, string> = {}, file = bundle): Promise<Program> {
  const [port, metricsPort] = await findFreePorts();
  const env = { HOST: '127.0.0.1', PORT: String(port), METRICS_PORT: String(metricsPort), ...environment };
  const child = spawn(NODE, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown');
  return { process: child, port, metricsPort, stdout: () => written.stdout, stderr: () => written.stderr, ended };
}

/** Resolves as soon as `condition` holds; the time limit of the test ends the wait. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

async function isReady({ port }: Program): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}${PATHS.health}`)).ok;
  } catch {
    return false;
  }
}

async function isRefused({ port }: Program): Promise<boolean> {
  try {
    (await openConnection(port)).socket.destroy();
    return false;
  } catch {
    return true;
  }
}

async function startReady(environment?: Record<string, string>, file?: string): Promise<Program> {
  const program = await start(environment, file);
  await until(() => isReady(program));
  return program;
}

const parseLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Masks what differs between two instances of the service: the identifier, the date and the version. */
const maskAnswer = (text: string): string =>
  text
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}/g, 'ID')
    .replace(/^Date: .*\r\n/m, '')
    .replace(/^Content-Length: .*\r\n/m, '')
    .replace(/"version":"[^"]*"/, '"version":""');

describe('the bundle', () => {
  it('serves its version, and logs one JSON line when it listens', async () => {
    const program = await startReady();
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const openApi = await (await fetch(`http://127.0.0.1:${program.port}${PATHS.openApi}`)).json();
    expect(openApi).toMatchObject({ info: { version } });
    const health = (await (await fetch(`http://127.0.0.1:${program.port}${PATHS.health}`)).json()) as object;
    await until(() => program.stdout().endsWith('\n'));
    expect(parseLines(program.stdout())).toEqual([
      {
        ...health,
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        version,
        host: '127.0.0.1',
        port: program.port,
        metricsPort: program.metricsPort,
        msg: 'Listening',
      },
    ]);
    expect(program.stderr()).toBe('');
  });

  it('responds like the source, although it omits much of Express', async () => {
    const program = await startReady();
    const source = await startService();
    const requests = [
      ...readReferenceAnswers().map((recorded) => formatRequest(recorded.request)),
      `GET ${PATHS.openApi} HTTP/1.1\r\n${CLOSE}`,
      `POST ${PATHS.convert} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${CLOSE}{}`,
      `GET ${PATHS.health} HTTP/1.1\r\nConnection: close\r\n\r\n`,
    ];
    for (const bytes of requests) {
      const [bundled, expected] = await Promise.all([program, source].map(({ port }) => exchange(port, bytes)));
      expect([bytes, maskAnswer(bundled ?? '')]).toEqual([bytes, maskAnswer(expected ?? '')]);
    }
    await source.close();
  });

  it('also starts next to a package.json for ES modules', async () => {
    const module = await mkdtemp(join(directory, 'module-'));
    await writeFile(join(module, 'package.json'), '{"type":"module"}');
    await copyFile(bundle, join(module, 'service.js'));
    await startReady({}, join(module, 'service.js'));
  });

  it('serves its metrics on a separate port', async () => {
    const program = await startReady();
    const metrics = await (await fetch(`http://127.0.0.1:${program.metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^http_requests_total\{route="\/api\/healthcheck",method="GET",status="200"\} [1-9]/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes \d/m);
    expect((await fetch(`http://127.0.0.1:${program.port}/metrics`)).status).toBe(404);
  });

  it('logs requests only if configured, and nothing below the log level', async () => {
    const quiet = await startReady({ LOG_LEVEL: 'error', LOG_REQUESTS: 'true', DRAIN_SECONDS: '0' });
    const talkative = await startReady({ LOG_REQUESTS: 'true', DRAIN_SECONDS: '0' });
    for (const { process: child } of [quiet, talkative]) child.kill('SIGTERM');
    await Promise.all([quiet.ended, talkative.ended]);
    expect(quiet.stdout()).toBe('');
    expect(parseLines(talkative.stdout())[0]).toMatchObject({
      msg: 'Answered a request',
      method: 'GET',
      target: PATHS.health,
      status: 200,
    });
  });
});

async function expectFailure(environment: Record<string, string>, message: string): Promise<void> {
  const program = await start(environment);
  expect(await program.ended).toBe(1);
  expect(program.stdout()).toBe('');
  expect(parseLines(program.stderr())).toEqual([{ level: 'fatal', time: expect.any(String), msg: message }]);
}

describe('a failed start logs one line with the cause, and exits with code 1:', () => {
  it('bad configuration', async () => {
    await expectFailure(
      { PORT: '80a', LOG_LEVEL: 'loud' },
      'Bad configuration: PORT must be a whole number from 1 to 65535, not "80a"; LOG_LEVEL must be one of debug, info, warn, error, not "loud".',
    );
  });

  it.each(['PORT', 'METRICS_PORT'])('a %s in use', async (variable) => {
    const { server, port } = await occupyPort();
    await expectFailure(
      { [variable]: String(port) },
      `Cannot listen on 127.0.0.1, port ${port}: another process uses this port. Stop that process, or set ${variable} to a free port.`,
    );
    server.close();
  });

  it('an address that does not belong to this machine', async () => {
    const [port] = await findFreePorts();
    await expectFailure(
      // An address of TEST-NET-1 (RFC 5737): no machine has it.
      { HOST: '192.0.2.1', METRICS_PORT: String(port) },
      `Cannot listen on 192.0.2.1, port ${port}: this machine does not have this address. Set HOST to one of its addresses, or unset HOST to listen on all of them.`,
    );
  });
});

describe('10,000 abandoned connections', () => {
  it.each([
    ['without a request', ''],
    ['in the middle of the headers', `GET ${PATHS.health} HTTP/1.1\r\nX: `],
    ['after a response', `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('%s leave the service healthy, and it stops with exit code 0', async (_name, bytes) => {
    const program = await startReady({ DRAIN_SECONDS: '0' });
    const sockets: Socket[] = [];
    // In batches of a hundred: a connection that does not fit into the backlog is retried only after a second.
    while (sockets.length < 10_000) {
      const opened = await Promise.all(Array.from({ length: 100 }, () => openConnection(program.port)));
      for (const { socket } of opened) socket.write(bytes);
      sockets.push(...opened.map(({ socket }) => socket));
    }
    expect(await isReady(program)).toBe(true);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    expect(await isReady(program)).toBe(true);
    program.process.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(program.stderr()).toBe('');
  });
});

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s fails the health check, keeps serving, and ends with exit code 0',
    async (signal) => {
      // Long enough for three requests on a busy machine.
      const program = await startReady({ DRAIN_SECONDS: '5' });
      program.process.kill(signal);
      await until(async () => !(await isReady(program)));
      const response = await fetch(`http://127.0.0.1:${program.port}${PATHS.health}`);
      expect([response.status, response.headers.get('connection')]).toEqual([503, 'close']);
      expect(await response.json()).toHaveProperty('error', 'The service is shutting down.');
      expect((await fetch(`http://127.0.0.1:${program.port}${PATHS.convert}?fahrenheit=32`)).status).toBe(200);
      expect(await program.ended).toBe(0);
      expect(parseLines(program.stdout()).map(({ msg }) => msg)).toEqual(
        expect.arrayContaining(['Stopping', 'Stopped']),
      );
      expect(program.stderr()).toBe('');
    },
  );

  it('ends the process immediately if it is repeated', async () => {
    const program = await startReady({ DRAIN_SECONDS: '60' });
    program.process.kill('SIGTERM');
    await until(async () => !(await isReady(program)));
    program.process.kill('SIGTERM');
    expect(await program.ended).toBe(128 + 15);
  });

  it.each([
    ['closes idle connections immediately', `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n\r\n`, ''],
    ['answers a request that has begun', `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n`, '\r\n'],
    ['answers the first request of a connection', '', `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('%s after the last connection was accepted', async (_name, before, after) => {
    const program = await startReady({ DRAIN_SECONDS: '0' });
    const { socket, received } = await openConnection(program.port);
    socket.write(before);
    // A response on a later connection means that the earlier one has been accepted and read.
    expect(await isReady(program)).toBe(true);
    program.process.kill('SIGTERM');
    await until(() => isRefused(program));
    if (after !== '') socket.write(after);
    if (!socket.destroyed) await once(socket, 'close');
    const [response] = parseResponses(received());
    expect(response?.headers['connection']).toBe(after === '' ? 'keep-alive' : 'close');
    expect(await program.ended).toBe(0);
  });

  it.each([true, false])('under load loses no request (keep-alive: %s)', async (keepAlive) => {
    const program = await startReady({ DRAIN_SECONDS: '8' });
    const agent = new Agent({ keepAlive, maxSockets: 8 });
    const outcomes: (number | string | undefined)[] = [];

    function convert(): Promise<void> {
      return new Promise((resolve) => {
        const url = `http://127.0.0.1:${program.port}${PATHS.convert}?fahrenheit=212`;
        const finish = (outcome: number | string | undefined): void => {
          outcomes.push(outcome);
          resolve();
        };
        request(url, { agent }, (response) => {
          response.resume().on('close', () => finish(response.statusCode));
        }).on('error', (error) => finish(error.message));
      });
    }
    // As behind a Service: requests arrive until the readiness probe fails, and a few after that.
    const seen = { unready: false };
    const clients = Array.from({ length: 8 }, async () => {
      while (!seen.unready) await convert();
      for (let late = 0; late < 10; late++) await convert();
    });
    await until(() => outcomes.length > 100);
    program.process.kill('SIGTERM');
    await until(async () => !(await isReady(program)));
    seen.unready = true;
    await Promise.all(clients);
    agent.destroy();

    expect(outcomes.filter((outcome) => outcome !== 200)).toEqual([]);
    expect(await program.ended).toBe(0);
  });
});
