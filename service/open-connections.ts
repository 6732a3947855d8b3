import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnection } from './open-connection.ts';

const MEBIBYTE = 1_048_576;
/** The memory of the program without connections, measured under load and with metrics. */
const PROGRAM_BYTES = 60 * MEBIBYTE;
/** The maximum memory of a connection: 11 KiB, and an incomplete head of 16 KiB. */
const CONNECTION_BYTES = 27 * 1_024;
const FEWEST = 100;
/** The share of the connections that is evicted at a time. */
const EVICTED_SHARE = 0.1;

/**
 * Computes how many connections may be open at once within a memory limit (0: unknown), so that a flood of connections
 * does not exceed the memory limit of the container.
 */
export function computeMaxConnections(memoryBytes: number): number {
  if (memoryBytes === 0) return Number.POSITIVE_INFINITY;
  return Math.max(FEWEST, Math.floor((memoryBytes - PROGRAM_BYTES) / CONNECTION_BYTES));
}

/** The maximum number of connections, and the age in milliseconds at which unused ones are evicted first. */
export interface ConnectionLimits {
  max: number;
  unusedMs: number;
}

/**
 * Tracks the open connections of a new server, oldest first. Above `max`, it closes some: first the unused ones, then the
 * oldest. Responses are immediate, so these wait for an idle or slow client.
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
