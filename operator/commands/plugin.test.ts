import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMANDS, runPlugin } from './plugin.ts';
import { PLAN_USAGE } from '../plan/plan-options.ts';
import { STATUS_USAGE } from './status/status-arguments.ts';
import { RecordedOutput } from './testing/recorded-output.ts';

const NEVER = new AbortController().signal;
const HINT = 'Run "kubectl tc help" for the commands.\n';

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Result> {
  const output = new RecordedOutput();
  const status = await runPlugin(args, output, NEVER);
  return { status, out: output.written.join(''), err: output.errors.join('') };
}

describe('kubectl tc', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('%j prints the commands', async (args) => {
    const { status, out, err } = await run(...args);
    expect([status, err]).toEqual([0, '']);
    for (const name of COMMANDS.keys()) expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'mu'));
  });

  it.each([
    [['status', '--help']],
    [['status', 'web', '-h']],
    [['-n', 'blue', 'status', '--help']],
    [['--context', 'test', '--kubeconfig=file', 'status', '-h']],
    [['help', 'status']],
  ])('%j prints the help of status', async (args) => {
    expect(await run(...args)).toEqual({ status: 0, out: STATUS_USAGE, err: '' });
  });

  it.each([[['version']], [['--version']]])('%j prints the version', async (args) => {
    expect(await run(...args)).toEqual({ status: 0, out: 'kubectl-tc development\n', err: '' });
  });

  it.each([
    [['stauts'], 'error: unknown command "stauts" for "kubectl tc"\n'],
    [['help', 'stauts'], 'error: unknown command "stauts"\n'],
    [['constructor'], 'error: unknown command "constructor" for "kubectl tc"\n'],
    [['status', 'a', 'b'], 'error: status takes one NAME, not 2: a b\n'],
  ])('%j is an error of the arguments', async (args, message) => {
    expect(await run(...args)).toEqual({ status: 2, out: '', err: `${message}${HINT}` });
  });

  it('runs plan', async () => {
    expect(await run('plan', '--help')).toEqual({ status: 0, out: PLAN_USAGE, err: '' });
    const error = 'error: plan takes only one of names of resources, -f and --all, not names of resources and --all\n';
    expect(await run('plan', 'web', '--all')).toEqual({ status: 2, out: '', err: `${error}See: plan --help\n` });
  });

  it('names an unknown flag', async () => {
    const { status, err } = await run('status', '--nope');
    expect(status).toBe(2);
    expect(err).toMatch(/^error: .*Unknown option '--nope'\nRun "kubectl tc help"/u);
  });

  it('reports an error of the kubeconfig', async () => {
    const { status, err } = await run('status', '--kubeconfig', '/nowhere/config');
    expect(status).toBe(1);
    expect(err).toMatch(/^error: .*\/nowhere\/config/u);
  });
});

describe('without an API server', () => {
  let directory: string;
  let kubeconfig: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'plugin-'));
    kubeconfig = join(directory, 'config');
    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
    const context = { name: 'c', context: { cluster: 'c', user: 'c' } };
    const config = {
      clusters: [cluster],
      users: [{ name: 'c', user: {} }],
      contexts: [context],
      'current-context': 'c',
    };
    await writeFile(kubeconfig, JSON.stringify(config));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([[['status']], [['status', 'web']]])('%j says that there is no response', async (args) => {
    const { status, err } = await run(...args, '--kubeconfig', kubeconfig);
    expect(status).toBe(1);
    expect(err).toMatch(/^error: cannot read TemperatureConverters: no response from the API server \(.*ECONNREFUSED/u);
  });

  it('exits with 130 when it is interrupted', async () => {
    const output = new RecordedOutput();
    const running = runPlugin(['status', '--kubeconfig', kubeconfig], output, AbortSignal.abort());
    expect([await running, output.errors]).toEqual([130, []]);
  });
});
