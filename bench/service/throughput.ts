import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { npmVersion, writeResults } from '../results.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '5' } },
});
const ROOT = join(import.meta.dirname, '..', '..');
const SERVERS = {
  'the converter': 'dist/service.js',
  'plain Express': 'bench/service/peers/plain-express.cjs',
  'bare node:http': 'bench/service/peers/bare-node.cjs',
} as const;
const PORT = 25_000;
const WARM_UP_SECONDS = 2;

interface Figures {
  perCpuSecond: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  idleMb: number;
  loadedMb: number;
}

/** The CPU time of a process with all its threads. */
function readCpuSeconds({ pid }: ChildProcess): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
}

function readResidentMb({ pid }: ChildProcess): number {
  return Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024;
}

async function load(seconds: number): Promise<{ requests: number; p50Us: number; p99Us: number }> {
  const script = join(import.meta.dirname, 'temperatures.lua');
  const options = ['-t1', '-c64', `-d${seconds}s`, '-s', script, `http://127.0.0.1:${PORT}`];
  const { stdout } = await promisify(execFile)('wrk', options);
  const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>;
  if (figures['failed'] !== 0) throw new Error(`${figures['failed']} requests failed`);
  // SAFETY: the output of temperatures.lua.
  return figures as { requests: number; p50Us: number; p99Us: number };
}

async function waitUntilReady(): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${PORT}/api/healthcheck`);
      return;
    } catch {
      await delay(5);
    }
  }
}

async function measure(file: string): Promise<Figures> {
  const env = { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(PORT), METRICS_PORT: String(PORT + 1) };
  const server = spawn(process.execPath, [join(ROOT, file)], { env, cwd: ROOT, stdio: 'ignore' });
  try {
    await waitUntilReady();
    await delay(1_000);
    const idleMb = readResidentMb(server);
    await load(WARM_UP_SECONDS);
    const cpuSeconds = readCpuSeconds(server);
    const { requests, p50Us, p99Us } = await load(Number(values.seconds));
    return {
      perCpuSecond: requests / (readCpuSeconds(server) - cpuSeconds),
      perSecond: requests / Number(values.seconds),
      p50Ms: p50Us / 1_000,
      p99Ms: p99Us / 1_000,
      idleMb,
      loadedMb: readResidentMb(server),
    };
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
}

const median = (figures: readonly Figures[], key: keyof Figures): number =>
  figures.map((each) => each[key]).toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;

const results = new Map<string, Figures[]>(Object.keys(SERVERS).map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, file] of Object.entries(SERVERS)) results.get(name)?.push(await measure(file));
}
console.log('| server | requests per CPU second | requests/s | p50 / p99 ms | resident MB idle / loaded |');
console.log('| --- | --: | --: | --: | --: |');
for (const [name, figures] of results) {
  const of = (key: keyof Figures, digits = 0): string => median(figures, key).toFixed(digits);
  const latency = `${of('p50Ms', 2)} / ${of('p99Ms', 2)}`;
  console.log(
    `| ${name} | ${of('perCpuSecond')} | ${of('perSecond')} | ${latency} | ${of('idleMb')} / ${of('loadedMb')} |`,
  );
}
writeResults(
  'service/results.json',
  Object.fromEntries(
    [...results].map(([name, figures]) => {
      const of = (key: keyof Figures): number => median(figures, key);
      const [perCpuSecond, perSecond] = [of('perCpuSecond'), of('perSecond')];
      const [p50Ms, p99Ms, idleMb, loadedMb] = [of('p50Ms'), of('p99Ms'), of('idleMb'), of('loadedMb')];
      return [name, { perCpuSecond, perSecond, p50Ms, p99Ms, idleMb, loadedMb }];
    }),
  ),
  [npmVersion('express')],
);
