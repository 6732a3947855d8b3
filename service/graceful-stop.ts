import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

/** How long requests may still arrive, and how long those that have begun may then still take, in milliseconds. */
export interface StopTimes {
  drainMs: number;
  lingerMs: number;
}

/** A flood of connections must not put off the stop for ever. */
const MAX_TURNS = 10_000;

/**
 * Serves on for the drain, then stops listening, closes idle connections and waits for the others, at most `lingerMs`.
 * The caller has made health fail and responses carry `Connection: close` before.
 */
export async function stopGracefully(server: Server, { drainMs, lingerMs }: StopTimes): Promise<void> {
  await delay(drainMs);
  await acceptBacklog(server);
  const closed = new Promise<void>((resolve) => {
    // The only error is that the server was not listening.
    server.close(() => resolve());
  });
  const deadline = setTimeout(() => server.closeAllConnections(), lingerMs);
  await closed;
  clearTimeout(deadline);
}

/** Resolves after a turn of the event loop without a new connection: one left in the backlog would be reset. */
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
