import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnection } from './open-connection.ts';

const MEBIBYTE = 1_048_576;
/** What the program needs besides its connections, measured under load and with metrics. */
const PROGRAM_BYTES = 60 * MEBIBYTE;
/** What a connection needs at most: 11 KiB, and a head of 16 KiB that has not come to its end. */
const CONNECTION_BYTES = 27 * 1_024;
const FEWEST = 100;
/** How much room is made at a time, of all that there is. */
const EVICTED_SHARE = 0.1;

/**
 * How many connections may be open at once in a process that may use so many bytes (0: nobody knows), so that a flood of
 * them does not meet the container's memory limit.
 */
export function computeMaxConnections(memoryBytes: number): number {
  if (memoryBytes === 0) return Number.POSITIVE_INFINITY;
  return Math.max(FEWEST, Math.floor((memoryBytes - PROGRAM_BYTES) / CONNECTION_BYTES));
}

/** How many connections there may be, and how long one that was never used is safe, in milliseconds. */
export interface ConnectionLimits {
  max: number;
  unusedMs: number;
}

/**
 * The open connections of a server that has none yet, oldest first. When there are more than `max`, some are closed: first
 * those that were opened ahead of need and not used yet, then the oldest. Since every answer is given at once, these wait
 * for a client that is idle or slow.
 */
export function trackConnections(
  server: Server,
  { max, unusedMs }: ConnectionLimits,
  onEvicted: () => void,
): ReadonlyMap<Socket, OpenConnection> {
  const open = new Map<Socket, OpenConnection>();

  function evict(count: number, nowMs: number): void {
    const all = [...open.values()];
    const unused = all.filter((connection) => connection.isUnusedFor(unusedMs, nowMs));
    for (const { socket } of [...new Set([...unused, ...all])].slice(0, count)) {
      open.delete(socket);
      socket.destroy();
      onEvicted();
    }
  }

  server.on('connection', (socket: Socket) => {
    const nowMs = performance.now();
    open.set(socket, new OpenConnection(socket, nowMs));
    socket.once('close', () => open.delete(socket));
    if (open.size > max) evict(Math.ceil(max * EVICTED_SHARE), nowMs);
  });
  return open;
}
