import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { OpenConnection } from './open-connection.ts';

/** How long requests may still arrive, and how long accepted requests may take after that, in milliseconds. */
export interface StopTimes {
  drainMs: number;
  lingerMs: number;
}

/** Limits how long a flood of connections can delay the stop. */
const MAX_TURNS = 10_000;
const POLL_MS = 5;

/**
 * Keeps serving for `drainMs`, then stops listening, closes idle connections and waits up to `lingerMs` for the others.
 * Before the call, the health check must fail and responses must have `Connection: close`. `connections` has all open ones.
 */
export async function stopGracefully(
  server: Server,
  connections: ReadonlyMap<Socket, OpenConnection>,
  { drainMs, lingerMs }: StopTimes,
): Promise<void> {
  await delay(drainMs);
  await acceptBacklog(server);
  const deadlineMs = performance.now() + lingerMs;
  // The `close` of the HTTP server would also close connections whose first request has not arrived yet.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  while (isFirstRequestPending(connections, lingerMs) && performance.now() < deadlineMs) await delay(POLL_MS);
  server.closeIdleConnections();
  const end = setTimeout(() => server.closeAllConnections(), Math.max(0, deadlineMs - performance.now()));
  await closed;
  clearTimeout(end);
}

/** Whether a connection is so new that its first request may still arrive. An older one is idle. */
function isFirstRequestPending(connections: ReadonlyMap<Socket, OpenConnection>, lingerMs: number): boolean {
  const nowMs = performance.now();
  for (const connection of connections.values()) {
    if (connection.isUnusedFor(0, nowMs) && !connection.isUnusedFor(lingerMs, nowMs)) return true;
  }
  return false;
}

/**
 * Resolves after a turn of the event loop without a new connection: the kernel resets connections that are left in the
 * backlog. It cannot prevent a reset of a later connection; clients must use other endpoints before the drain ends.
 */
async function acceptBacklog(server: Server): Promise<void> {
  let accepted = true;
  const note = (): void => {
    accepted = true;
  };
  server.on('connection', note);
  for (let turn = 0; accepted && turn < MAX_TURNS; turn++) {
    accepted = false;
    await nextTurn();
  }
  server.off('connection', note);
}
