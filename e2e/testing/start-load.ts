import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Installation } from './installation.ts';

const LOAD_PROGRAM = join(import.meta.dirname, 'load.ts');

/** What came of a load. */
export interface LoadTally {
  readonly requests: number;
  readonly failures: number;
  /** Empty when there was none. */
  readonly firstFailure: string;
}

/** How much is sent. */
export interface LoadShape {
  /** How many clients there are, each with one connection at a time. */
  readonly connections: number;
  readonly seconds: number;
  /** After how many requests a client opens another connection; 50 if it is left out. */
  readonly requestsPerConnection?: number;
  /** How long a client rests after each answer; not at all if it is left out. */
  readonly pauseMs?: number;
}

/** A load that goes on until it is stopped or its time is over. */
export interface Load {
  /** Ends the load and gives its tally; rejects when the program failed. */
  stop(): Promise<LoadTally>;
}

/** Starts to send conversions to a converter's Service on port 80, from inside of the cluster's network. */
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
      if (code !== 0) throw new Error(`the load program ended with exit code ${String(code)}`);
      // SAFETY: what the program prints.
      return JSON.parse(await printed) as LoadTally;
    },
  };
}
