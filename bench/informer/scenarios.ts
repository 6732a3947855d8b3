import { type ApiRequest, type ApiServer, errorEvent, type Fault, type FaultSelector } from './api-server.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A fault that is injected after a subject has synced, and the duration of the observation. */
export interface Scenario {
  readonly title: string;
  /** The idle time before the fault. */
  readonly quietSeconds: number;
  /** From the first fault to the last one; 0 for a single fault. */
  readonly faultSeconds: number;
  /** The maximum time for the recovery after the last fault. */
  readonly limitSeconds: number;
  /** Whether the subject connects through the proxy. */
  readonly isProxied: boolean;
  /** Whether it runs alone, because the CPU limits its request rate. */
  readonly isExclusive: boolean;
  begin(target: Target): void;
}

/** The server and the proxy of a subject. */
export interface Target {
  readonly server: ApiServer;
  readonly proxy: TcpProxy;
}

/** Not a multiple of the restart delay of client-node's example, whose next attempt would otherwise coincide with the end. */
const FAULT_SECONDS = 12;
/** More than the longest backoff of each subject, 30 s. */
const LIMIT_SECONDS = 45;
const LONG_LIMIT_SECONDS = 225;

type Begin = Scenario['begin'];

/** A single fault. */
function once(title: string, begin: Begin, options: Partial<Scenario> = {}): Scenario {
  const defaults = {
    quietSeconds: 0,
    faultSeconds: 0,
    limitSeconds: LIMIT_SECONDS,
    isProxied: false,
    isExclusive: false,
  };
  return { title, begin, ...defaults, ...options };
}

/** A fault of each request of this type for some time. First, the open watch ends; before a list fault, it expires. */
function repeatedly(
  title: string,
  type: ApiRequest['type'],
  fault: (request: ApiRequest, server: ApiServer) => Fault,
  options: Partial<Scenario> = {},
): Scenario {
  const begin: Begin = ({ server }) => {
    if (type === 'list') expireWatches(server);
    else endWatches(server);
    const { fault: afterwards } = server;
    const untilMs = performance.now() + FAULT_SECONDS * 1000;
    server.fault = (request) =>
      request.type === type && performance.now() < untilMs ? fault(request, server) : afterwards(request);
  };
  return once(title, begin, { faultSeconds: FAULT_SECONDS, ...options });
}

const expired: Fault = { type: 'end', events: [errorEvent(410)] };

/** Ends the open watches with an ERROR event 410, so that they cannot be resumed and a list follows. */
function expireWatches(server: ApiServer): void {
  endWatchesWith(server, 410);
  server.fault = whenResumed(server, expired);
}

function endWatches(server: ApiServer): void {
  for (const watch of server.watches) watch.end();
}

function endWatchesWith(server: ApiServer, code: number): void {
  for (const watch of server.watches) {
    watch.send(errorEvent(code));
    watch.end();
  }
}

/** Selects the watches that start at or before the current last change. */
function whenResumed({ resourceVersion: last }: ApiServer, fault: Fault): FaultSelector {
  return ({ type, resourceVersion }) => (type === 'watch' && resourceVersion <= last ? fault : undefined);
}

function silenceWatches({ server }: Target): void {
  for (const watch of server.watches) watch.silence();
}

/** Makes the connections dead as soon as the server receives the next list request. */
function killConnectionsAtList({ server, proxy }: Target): void {
  expireWatches(server);
  const { fault: afterwards } = server;
  server.fault = (request) => {
    if (request.type !== 'list') return afterwards(request);
    proxy.killConnections();
    server.fault = afterwards;
    return undefined;
  };
}

/** The scenarios, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  once('none, for 200 s', () => undefined, { faultSeconds: 200 }),
  repeatedly('list: 500', 'list', () => ({ type: 'status', code: 500 })),
  repeatedly('list: 503', 'list', () => ({ type: 'status', code: 503 })),
  repeatedly('list: 429, `Retry-After: 5`', 'list', () => ({ type: 'status', code: 429, retryAfterSeconds: 5 })),
  repeatedly('list: 429, `Retry-After: 8`', 'list', () => ({ type: 'status', code: 429, retryAfterSeconds: 8 })),
  repeatedly('list: connection reset', 'list', () => ({ type: 'reset' })),
  once('list: dead connection', killConnectionsAtList, { limitSeconds: LONG_LIMIT_SECONDS, isProxied: true }),
  once('watch: connection reset', ({ server }) => {
    for (const watch of server.watches) watch.reset();
  }),
  repeatedly('watch: closed at once', 'watch', () => ({ type: 'end', events: [] })),
  repeatedly(
    'watch: closed after an event',
    'watch',
    ({ resourceVersion }, server) => ({
      type: 'end',
      events: [server.eventsAfter(resourceVersion)[0] ?? server.lastEvent()],
    }),
    { isExclusive: true },
  ),
  repeatedly('watch: 429, `Retry-After: 8`', 'watch', () => ({ type: 'status', code: 429, retryAfterSeconds: 8 })),
  once('watch: ERROR event 500, once', ({ server }) => endWatchesWith(server, 500)),
  once('watch: ERROR event 500 until relisted', ({ server }) => {
    endWatchesWith(server, 500);
    server.fault = whenResumed(server, { type: 'end', events: [errorEvent(500)] });
  }),
  once('watch: ERROR event 410', ({ server }) => expireWatches(server)),
  once('watch: HTTP 410', ({ server }) => {
    endWatches(server);
    server.fault = whenResumed(server, { type: 'status', code: 410 });
  }),
  once('watch: event cut off, then closed', ({ server }) => {
    for (const watch of server.watches) watch.cutNextEvent('and end');
  }),
  once('watch: event cut off, then continued', ({ server }) => {
    for (const watch of server.watches) watch.cutNextEvent('and continue');
  }),
  once('watch: silent from its start', silenceWatches, { limitSeconds: LONG_LIMIT_SECONDS }),
  once('watch: silent after 65 s', silenceWatches, { quietSeconds: 65, limitSeconds: LONG_LIMIT_SECONDS - 45 }),
  once('watch: dead connection', ({ proxy }) => proxy.killConnections(), {
    limitSeconds: LONG_LIMIT_SECONDS,
    isProxied: true,
  }),
];
