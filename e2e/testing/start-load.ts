import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from '@jest/globals';
import type { Installation } from './installation.ts';
import type { LoadTally } from './load-tally.ts';

const LOAD_PROGRAM = join(import.meta.dirname, 'load.ts');

/** The size of a load. */
export interface LoadShape {
  /** The number of clients, each with one connection at a time. */
  readonly connections: number;
  readonly seconds: number;
  /** The requests after which a client opens a new connection; 50 by default. */
  readonly requestsPerConnection?: number;
  /** The pause of a client after each response; none by default. */
  readonly pauseMs?: number;
  /** The local port of the first request; each has the next one. By default they have any port, which may be used again. */
  readonly firstPort?: number;
  /** The node from which the requests are sent; the first by default. */
  readonly fromNode?: string;
}

/** Clients that keep their connection, and clients that open one for each request. */
export const LOADS = {
  'with keep-alive': { connections: 8, requestsPerConnection: 1_000_000 },
  'without keep-alive': { connections: 4, requestsPerConnection: 1 },
} as const;

/** An upper bound; a load ends with its scenario. */
const MAX_LOAD_SECONDS = 240;
const PAUSE_MS = 25;

/** A running load, which ends when it is stopped or its time is over. */
export interface Load {
  /** Stops the load and returns its tally; rejects when load.ts failed. */
  stop(): Promise<LoadTally>;
}

/** Starts to send conversions to port 80 of a converter's Service from inside the cluster's network. */
export async function startLoad(
  { cluster, kubectl, namespace }: Installation,
  name: string,
  { connections, seconds, requestsPerConnection = 50, pauseMs = 0, firstPort = 0, fromNode }: LoadShape,
): Promise<Load> {
  const ip = await kubectl('get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
  const url = `http://${ip}/api/convert-fahrenheit-to-celsius`;
  const shape = [connections, seconds, requestsPerConnection, pauseMs, firstPort].map(String);
  const program = [process.execPath, LOAD_PROGRAM, url, ...shape];
  const [command = '', ...args] = cluster.inNetwork(program, fromNode);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = text(child.stdout);
  const closed = once(child, 'close');
  return {
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await closed;
      if (code !== 0) throw new Error(`load.ts exited with code ${String(code)}`);
      // SAFETY: the output of load.ts.
      return JSON.parse(await printed) as LoadTally;
    },
  };
}

/** A load of each kind in LOADS. */
export type LoadKind = keyof typeof LOADS;

/** The clients of each kind, and the node from which they send. */
export interface Loads {
  readonly shapes: Readonly<Record<LoadKind, Omit<LoadShape, 'seconds' | 'fromNode'>>>;
  readonly fromNode?: string;
}

/** Runs a scenario under a load of each kind, and returns their tallies. */
export async function runUnderLoads(
  installation: Installation,
  name: string,
  scenario: () => Promise<void>,
  { shapes, fromNode }: Loads = { shapes: LOADS },
): Promise<Readonly<Record<LoadKind, LoadTally>>> {
  const common = { seconds: MAX_LOAD_SECONDS, pauseMs: PAUSE_MS, ...(fromNode === undefined ? {} : { fromNode }) };
  const start = (kind: LoadKind): Promise<Load> => startLoad(installation, name, { ...common, ...shapes[kind] });
  const loads = await Promise.all([start('with keep-alive'), start('without keep-alive')]);
  const stopAll = (): Promise<[LoadTally, LoadTally]> => Promise.all([loads[0].stop(), loads[1].stop()]);
  try {
    await scenario();
  } catch (error) {
    await stopAll();
    throw error;
  }
  const [kept, renewed] = await stopAll();
  return { 'with keep-alive': kept, 'without keep-alive': renewed };
}

/** Runs a scenario under a load of each kind, and asserts that no request fails. */
export async function expectNoFailures(
  installation: Installation,
  name: string,
  scenario: () => Promise<void>,
): Promise<void> {
  const tallies = await runUnderLoads(installation, name, scenario);
  for (const [kind, { requests, failures, firstFailure }] of Object.entries(tallies)) {
    expect({ kind, failures, firstFailure }).toEqual({ kind, failures: 0, firstFailure: '' });
    expect(requests).toBeGreaterThan(500);
  }
}
