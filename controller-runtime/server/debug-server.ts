import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { listen, type PageServer, serverOf } from './http-server.ts';

/** As long as pprof's profiles by default, and bounded. */
const PROFILE_SECONDS = { usual: 30, most: 300 };
const ADDRESS = '127.0.0.1';
/** The names by which a port that is forwarded to the loopback address is asked for. */
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** The part of a log that can be changed at run time. */
export interface AdjustableLog {
  level: string;
}

/** What a debug server needs. */
export interface DebugServerOptions {
  readonly port: number;
  readonly log: AdjustableLog;
  /** What the log's level can be. */
  readonly levels: readonly string[];
}

type Endpoint = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;

/**
 * Serves what the operator's developers want to know of a running process: the log level, to read and to set, heap
 * snapshots and CPU profiles. On the loopback address only, since they tell everything, credentials included; rejects
 * with a clear error when the port cannot be had.
 */
export async function serveDebug({ port, log, levels }: DebugServerOptions): Promise<PageServer> {
  const endpoints: Readonly<Record<string, Endpoint>> = {
    'GET /log-level': (_request, response) => answer(response, 200, log.level),
    'PUT /log-level': (request, response) => setLogLevel(request, response, { log, levels }),
    'GET /heap-snapshot': (_request, response) => sendHeapSnapshot(response),
    'GET /cpu-profile': (_request, response, query) => sendCpuProfile(response, query),
  };
  const server = createServer((request, response) => {
    serve(request, response, endpoints).catch((error: unknown) => {
      // A download that was broken off, or a fault: in both cases there is nobody to go on for.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await listen(server, { name: 'debug', port, address: ADDRESS });
  return serverOf(server);
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  endpoints: Readonly<Record<string, Endpoint>>,
): Promise<void> {
  // A page in the browser of somebody who forwards the port must not get at it by a name of its own.
  if (!LOCAL_HOST.test(request.headers.host ?? '')) {
    await answer(response, 403, 'only for localhost');
    return;
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const name = `${request.method ?? ''} ${path}`;
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (endpoint === undefined) await answer(response, 404, `not found; endpoints: ${Object.keys(endpoints).join(', ')}`);
  else await endpoint(request, response, new URLSearchParams(query));
}

async function setLogLevel(
  request: IncomingMessage,
  response: ServerResponse,
  { log, levels }: { log: AdjustableLog; levels: readonly string[] },
): Promise<void> {
  const wanted = (await text(request)).trim();
  const level = levels.find((candidate) => candidate === wanted);
  if (level === undefined) {
    await answer(response, 400, `the log level must be one of ${levels.join(', ')}`);
    return;
  }
  log.level = level;
  await answer(response, 200, level);
}

async function sendHeapSnapshot(response: ServerResponse): Promise<void> {
  response.writeHead(200, download('operator.heapsnapshot'));
  await pipeline(getHeapSnapshot(), response);
}

async function sendCpuProfile(response: ServerResponse, query: URLSearchParams): Promise<void> {
  const seconds = Number(query.get('seconds') ?? PROFILE_SECONDS.usual);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > PROFILE_SECONDS.most) {
    await answer(response, 400, `seconds must be a whole number from 1 to ${PROFILE_SECONDS.most}`);
    return;
  }
  const profile = await takeCpuProfile(seconds, closed(response));
  response.writeHead(200, download('operator.cpuprofile'));
  response.end(JSON.stringify(profile));
}

/** Profiles for that long, or until the signal fires. */
async function takeCpuProfile(seconds: number, signal: AbortSignal): Promise<object> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await pause(seconds * 1000, undefined, { signal });
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}

function closed(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function download(name: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-disposition': `attachment; filename="${name}"` };
}

function answer(response: ServerResponse, status: number, line: string): Promise<void> {
  response.writeHead(status, { 'content-type': 'text/plain' });
  return new Promise((resolve) => {
    response.end(`${line}\n`, resolve);
  });
}
