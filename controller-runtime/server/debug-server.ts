import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { listen, type PageServer, serverOf } from './http-server.ts';

/** The default is the same as pprof's. */
const PROFILE_SECONDS = { default: 30, maximum: 300 };
const ADDRESS = '127.0.0.1';
/** The allowed Host headers: those of a port forwarded to the loopback address. */
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** A logger whose level can be changed at run time. */
export interface AdjustableLog {
  level: string;
}

/** The options of a debug server. */
export interface DebugServerOptions {
  readonly port: number;
  readonly log: AdjustableLog;
  /** The valid log levels. */
  readonly levels: readonly string[];
}

type Endpoint = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;

/**
 * Serves the log level (to read and to set), heap snapshots and CPU profiles. Listens on the loopback address only, since
 * heap snapshots contain credentials. Rejects if the port is unavailable.
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
      // The client aborted a download, or the endpoint failed: the response cannot be completed.
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
  // Prevents DNS rebinding from a web page while a developer forwards the port.
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
  const seconds = Number(query.get('seconds') ?? PROFILE_SECONDS.default);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > PROFILE_SECONDS.maximum) {
    await answer(response, 400, `seconds must be a whole number from 1 to ${PROFILE_SECONDS.maximum}`);
    return;
  }
  const profile = await takeCpuProfile(seconds, closed(response));
  response.writeHead(200, download('operator.cpuprofile'));
  response.end(JSON.stringify(profile));
}

/** Records a profile for `seconds`. Rejects if the signal is aborted. */
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
