import { expect } from '@jest/globals';
import type { Express } from 'express';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createApplication } from '../application.ts';
import type { OpenConnection } from '../open-connection.ts';
import { PATHS } from '../paths.ts';
import { createPublicServer, type LIMITS, type PublicServerOptions } from '../public-server.ts';
import { RequestStatistics } from '../request-statistics.ts';
import { exchange, parseResponses } from './raw-exchange.ts';

/** A fixed UUID, so that responses are the same in every run. */
export const IDENTIFIER = '0b1f4a52-6c8e-4d7a-9b3c-5e2d1f0a9c84';

/** A public server in this process, on a free port of 127.0.0.1. */
export interface RunningService {
  port: number;
  server: Server;
  connections: ReadonlyMap<Socket, OpenConnection>;
  statistics: RequestStatistics;
  failures: unknown[];
  /** Makes the health check fail and adds `Connection: close` to responses, as a signal does. */
  beginStopping: () => void;
  close: () => Promise<void>;
}

/** The options of a service in a test. */
export interface ServiceOptions {
  limits?: Partial<Record<keyof typeof LIMITS, number>>;
  onAnswered?: PublicServerOptions['onAnswered'];
  maxConnections?: number;
  /** Served instead of the converter. */
  application?: Express;
}

/** Starts a public server and resolves when it listens. */
export async function startService({
  limits,
  onAnswered,
  maxConnections = Infinity,
  ...rest
}: ServiceOptions = {}): Promise<RunningService> {
  const statistics = new RequestStatistics();
  const failures: unknown[] = [];
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const onFailure = (error: unknown): void => void failures.push(error);
  const { application = createApplication({ identifier: IDENTIFIER, version: '1.2.3', isStopping, onFailure }) } = rest;
  const options = { identifier: IDENTIFIER, statistics, maxConnections, isStopping, ...(onAnswered && { onAnswered }) };
  const { server, connections } = createPublicServer(application, options, limits);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    // A server that listens on a port has an address with one.
    port: (server.address() as AddressInfo).port,
    server,
    connections,
    statistics,
    failures,
    beginStopping: () => {
      stopping = true;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A request for health that leaves the connection open. */
export const GET_HEALTH = `GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** The end of a head that asks the server to close the connection. */
export const CLOSE = 'Host: x\r\nConnection: close\r\n\r\n';

/** Asserts that each response of a service is JSON with its identifier, and returns the statuses in order. */
export function readStatuses(text: string): number[] {
  return parseResponses(text).map(({ status, headers, body }) => {
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toHaveProperty('app_identifier', IDENTIFIER);
    return status;
  });
}

/** Asserts that a service is healthy and has reported no failure. */
export async function expectHealthy({ port, failures }: RunningService): Promise<void> {
  const text = await exchange(port, `GET ${PATHS.health} HTTP/1.1\r\n${CLOSE}`);
  expect(parseResponses(text)).toMatchObject([{ status: 200, body: JSON.stringify({ app_identifier: IDENTIFIER }) }]);
  expect(failures).toEqual([]);
}
