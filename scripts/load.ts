import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderCsv } from './load/csv.ts';
import { createDisplay } from './load/display.ts';
import { findKubectl } from './load/find-kubectl.ts';
import { Kubectl } from './load/kubectl.ts';
import { RunRecorder } from './load/load-run.ts';
import { LoadFailedError } from './load/load-failed-error.ts';
import { LoadSession } from './load/load-session.ts';
import { findTarget } from './load/load-target.ts';
import { type LoadOptions, parseOptions, USAGE, UsageError } from './load/options.ts';
import { renderRunChart } from './load/run-chart.ts';

const EXIT = { failed: 1, usage: 2, stopped: 130 } as const;
const RESULTS = join(import.meta.dirname, '..', 'load-runs');

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) {
      console.error('load: ended before the load pod was deleted; the pod ends by itself');
      process.exit(EXIT.stopped);
    }
    stop.abort(new Error('stopped'));
  });
}
// The terminal was closed, or the reader of a pipe has ended.
process.stdout.on('error', () => stop.abort(new Error('stopped')));

async function load(options: LoadOptions): Promise<void> {
  const { context, namespace, name, connections } = options;
  const program = await findKubectl(console.error, stop.signal);
  const target = await findTarget(new Kubectl(program, { context, namespace }), name, stop.signal);
  const { metadata } = target.converter;
  warn(target.service.spec?.sessionAffinity);
  const kubectl = new Kubectl(program, { context, namespace: metadata.namespace });
  const recorder = new RunRecorder(`${metadata.namespace}/${name}`, connections, Date.now);
  const display = createDisplay(process.stdout, process.env);
  const suffix = Date.now().toString(36).slice(-6);
  const output = options.output ?? defaultOutput(recorder);
  // Before the load, so that a directory that is not writable is found now.
  await mkdir(dirname(output), { recursive: true });
  await writeFile(`${output}.csv`, renderCsv(recorder.run));
  const session = new LoadSession({ kubectl, target, options, recorder, display, suffix });
  try {
    await session.run(stop.signal);
  } finally {
    display.close(session.view);
    await writeResults(recorder, output);
  }
}

function warn(sessionAffinity: string | undefined): void {
  if (sessionAffinity !== 'ClientIP') return;
  console.error('The Service has sessionAffinity: ClientIP, so one replica receives all requests.');
}

function defaultOutput({ run }: RunRecorder): string {
  const time = run.begunAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return join(RESULTS, `${run.converter.replace('/', '-')}-${time}`);
}

async function writeResults({ run, totals }: RunRecorder, output: string): Promise<void> {
  await writeFile(`${output}.csv`, renderCsv(run));
  await writeFile(`${output}.svg`, await renderRunChart(run));
  const { requests, failures, firstFailure } = totals;
  const first = failures === 0 ? '' : `, the first: ${firstFailure}`;
  console.log(`${requests} requests answered, ${failures} failed${first}`);
  console.log(`wrote ${output}.csv and ${output}.svg`);
}

function describe(error: unknown): number {
  if (stop.signal.aborted && !(error instanceof LoadFailedError)) {
    console.error('load: stopped');
    return EXIT.stopped;
  }
  if (error instanceof UsageError) {
    console.error(`load: ${error.message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  console.error(`load: ${error instanceof Error ? error.message : String(error)}`);
  return EXIT.failed;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) console.log(USAGE);
  else await load(options);
} catch (error) {
  process.exitCode = describe(error);
}
