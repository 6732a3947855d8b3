import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { OpenConnection } from './open-connection.ts';

/** How long requests may still arrive, and how long what has been accepted by then may still take, in milliseconds. */
export interface StopTimes {
  drainMs: number;
  lingerMs: number;
}

/** A flood of connections must not put off the stop for ever. */
const MAX_TURNS = 10_000;
const POLL_MS = 5;

/**
 * Serves on for the drain, then stops listening, closes idle connections and waits for the others, at most `lingerMs`.
 * The caller has made health fail and responses carry `Connection: close` before. `connections` are all that are open.
 */
export async function stopGracefully(
  server: Server,
  connections: ReadonlyMap<Socket, OpenConnection>,
  { drainMs, lingerMs }: StopTimes,
): Promise<void> {
  await delay(drainMs);
  await acceptBacklog(server);
  const deadlineMs = performance.now() + lingerMs;
  // Not the HTTP server's own `close`: it takes a connection whose first request is still on its way for an idle one.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  while (isFirstRequestOnItsWay(connections, lingerMs) && performance.now() < deadlineMs) await delay(POLL_MS);
  server.closeIdleConnections();
  const end = setTimeout(() => server.closeAllConnections(), Math.max(0, deadlineMs - performance.now()));
  await closed;
  clearTimeout(end);
}

/** Whether a connection is so new that its first request may still come; one that was opened long before is idle. */
function isFirstRequestOnItsWay(connections: ReadonlyMap<Socket, OpenConnection>, lingerMs: number): boolean {
  const nowMs = performance.now();
  for (const connection of connections.values()) {
    if (connection.isUnusedFor(0, nowMs) && !connection.isUnusedFor(lingerMs, nowMs)) return true;
  }
  return false;
}

/**
 * Resolves after a turn of the event loop without a new connection, since those that are left in the backlog will be reset.
 * It cannot save one that comes right then: the clients must have been sent elsewhere before the drain is over.
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
