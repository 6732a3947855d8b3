import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Installation } from './installation.ts';

const LOAD_PROGRAM = join(import.meta.dirname, 'load.ts');

/** The result of a load. */
export interface LoadTally {
  readonly requests: number;
  readonly failures: number;
  /** Empty without a failure. */
  readonly firstFailure: string;
}

/** The size of a load. */
export interface LoadShape {
  /** The number of clients, each with one connection at a time. */
  readonly connections: number;
  readonly seconds: number;
  /** The requests after which a client opens a new connection; 50 by default. */
  readonly requestsPerConnection?: number;
  /** The pause of a client after each response; none by default. */
  readonly pauseMs?: number;
}

/** A running load, which ends when it is stopped or its time is over. */
export interface Load {
  /** Stops the load and returns its tally; rejects when load.ts failed. */
  stop(): Promise<LoadTally>;
}

/** Starts to send conversions to port 80 of a converter's Service from inside the cluster's network. */
export async function startLoad(
  { cluster, kubectl, namespace }: Installation,
  name: string,
  { connections, seconds, requestsPerConnection = 50, pauseMs = 0 }: LoadShape,
): Promise<Load> {
  const ip = await kubectl('get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
  const url = `http://${ip}/api/convert-fahrenheit-to-celsius`;
  const shape = [connections, seconds, requestsPerConnection, pauseMs].map(String);
  const program = [process.execPath, LOAD_PROGRAM, url, ...shape];
  const [command = '', ...args] = cluster.inNetwork(program);
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
