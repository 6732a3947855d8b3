import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProcessesByEnvironment, signalProcess } from '../local-cluster/process/process-table.ts';
import { readTally, type Tally } from './tally.ts';

const ROOT = join(import.meta.dirname, '..');

/** The directory of jest's reports, which a run of the tests creates. */
export const REPORTS = join(ROOT, 'test-reports');

/** A variable in the environment of a command and of its children. Not a process group, which Ctrl-C would not reach. */
const MARKER = 'TEMPERATURE_CONVERTER_TEST_RUN';

/** A run of one jest project. */
export interface JestRun {
  /** The name of the run in reports and problems. */
  readonly name: string;
  readonly project: string;
  readonly args?: readonly string[];
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a jest project with its output inherited, and counts its tests. */
export async function runJest({ name, project, args = [], env = {} }: JestRun, signal: AbortSignal): Promise<Tally> {
  const report = join(REPORTS, `${name}.json`);
  const jest = [...(await readJestCommand()), '--selectProjects', project, '--json', `--outputFile=${report}`];
  const code = await run([...jest, ...args], signal, env);
  const text = await readFile(report, 'utf8').catch(() => undefined);
  return readTally(name, text, code);
}

/** The command of `npm run jest`, without npm, which does not pass a signal on to jest. */
async function readJestCommand(): Promise<readonly string[]> {
  // SAFETY: the format that npm documents.
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { jest: string } };
  const [, ...args] = scripts.jest.split(' ');
  return [process.execPath, ...args];
}

/** Runs a command with its output inherited; resolves to its exit code. An abort ends it with its children. */
export async function run(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  signal.throwIfAborted();
  const mark = crypto.randomUUID();
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, [MARKER]: mark },
  });
  const end = (): void => {
    // While it is being executed, its environment cannot be read.
    child.kill('SIGTERM');
    // Its children too: a worker of jest outlives it until its test file ends.
    const processes = findProcessesByEnvironment(MARKER, (value) => value === mark);
    for (const entry of processes) signalProcess(entry, 'SIGTERM');
  };
  signal.addEventListener('abort', end);
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  return typeof code === 'number' ? code : 1;
}
