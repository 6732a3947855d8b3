import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { findFreePorts } from '../controller-runtime/testing/free-ports.ts';
import { ensureInstalled } from '../local-cluster/host/debian-packages.ts';
import { PROMETHEUS_REQUIREMENTS } from '../local-cluster/host/requirements.ts';
import { runCommand } from '../local-cluster/process/run-command.ts';

/** A scrape target: a port on this machine, and the labels of its series. */
export interface Target {
  readonly job: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A series in the result of a query. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A real Prometheus. */
export interface Prometheus {
  /** Evaluates a query now; rejects with Prometheus' error message when the query is invalid. */
  query(expression: string): Promise<readonly Series[]>;
  stop(): Promise<void>;
}

/** Starts a Prometheus that scrapes the targets every second. */
export async function startPrometheus(targets: readonly Target[]): Promise<Prometheus> {
  await ensureInstalled(PROMETHEUS_REQUIREMENTS, () => undefined);
  const directory = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = join(directory, 'prometheus.yml');
  const scrapes = targets.map(({ job, port, labels }) => ({
    job_name: job,
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels }],
  }));
  await writeFile(config, dump({ global: { scrape_interval: '1s' }, scrape_configs: scrapes }));
  const [port = 0] = await findFreePorts(1);
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn('prometheus', flags, { stdio: 'ignore' });
  const closed = once(child, 'close');
  return {
    query: async (expression) => {
      const url = `http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      // SAFETY: the format that Prometheus documents.
      const answer = (await response.json()) as {
        readonly error?: string;
        readonly data?: { readonly result: Series[] };
      };
      if (answer.data === undefined) throw new Error(`${expression}: ${answer.error ?? response.statusText}`);
      return answer.data.result;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
      await rm(directory, { recursive: true });
    },
  };
}

/** Runs `promtool SUBCOMMAND` on files with these contents, and returns its output; throws a CommandFailedError. */
export async function promtool(
  subcommand: readonly string[],
  files: Readonly<Record<string, unknown>>,
): Promise<string> {
  await ensureInstalled(PROMETHEUS_REQUIREMENTS, () => undefined);
  const directory = await mkdtemp(join(tmpdir(), 'promtool-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), dump(content));
    const [last = ''] = Object.keys(files).slice(-1);
    return await runCommand(['promtool', ...subcommand, join(directory, last)]);
  } finally {
    await rm(directory, { recursive: true });
  }
}
