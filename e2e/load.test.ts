import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { parseCsv } from '../scripts/load/csv.ts';
import type { LoadRun } from '../scripts/load/load-run.ts';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const LOAD = join(import.meta.dirname, '..', 'scripts/load.ts');
const NAME = 'loaded';
const CTRL_C = '\u0003';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

describe('make load', () => {
  let installation: Installation;
  let directory: string;

  beforeAll(async () => {
    installation = await install('e2e-load');
    directory = await mkdtemp(join(tmpdir(), 'load-'));
    const { kubectl, namespace } = installation;
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    // Every pod must have limits.
    await kubectl('create', 'quota', 'limits', '-n', namespace, '--hard=limits.cpu=4,limits.memory=2Gi,pods=10');
    await kubectl.apply(namespace, converter(NAME, { autoscaling: { maxReplicas: 2 } }));
    await waitUntilReady(installation, NAME);
  });
  afterAll(async () => {
    await rm(directory, { recursive: true });
    await installation.remove();
  });

  it('prints how the converter scales, writes the run as CSV and SVG, and deletes its pod', async () => {
    const ended = await endOf(start(['--seconds', '15', '--connections', '4', '--output', join(directory, 'whole')]));
    expect(ended).toMatchObject({ code: 0, errors: '' });
    expect(ended.output).toMatch(/requests\/s .* p50 .* p99 .* CPU .* replicas wanted, \d ready/);
    expect(ended.output).toMatch(/\d{3,} requests answered, 0 failed\n/);
    expect(await loadPods()).toBe('');
    const run = await readRun('whole');
    const sent = run.samples.filter(({ requestsPerSecond = 0 }) => requestsPerSecond > 0);
    expect(sent.length).toBeGreaterThanOrEqual(12);
    expect(sent[0]).toMatchObject({ p50Ms: expect.any(Number), p99Ms: expect.any(Number), failuresPerSecond: 0 });
    expect(run.samples.find(({ wantedReplicas }) => wantedReplicas !== undefined)).toMatchObject({
      readyReplicas: 1,
      targetPercent: 80,
    });
    expect(await readFile(join(directory, 'whole.svg'), 'utf8')).toContain(
      `${installation.namespace}/${NAME} under load`,
    );
  });

  it('draws in a terminal; Ctrl-C stops the load, deletes the pod and keeps what was measured', async () => {
    const command = commandOf(['--seconds', '300', '--connections', '2', '--output', join(directory, 'stopped')]);
    const shell = `stty columns 80 rows 24; exec ${command.map((word) => `'${word}'`).join(' ')}`;
    // A terminal of its own, which sends Ctrl-C to all of its processes.
    const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
      env: environment(),
      stdio: 'pipe',
    });
    const ended = endOf(child);
    await eventually(async () => expect(await loadPods()).toContain('Running'), WAIT_TIMEOUT_MS);
    await waitForTraffic();
    child.stdin.write(CTRL_C);
    const { code, output } = await ended;
    expect(code).toBe(130);
    expect(output).toMatch(/█ ready [12]  ░ wanted [12]/);
    // The terminal is as it was: the second screen is left, and the cursor is visible.
    expect(output.lastIndexOf('\u001B[?1049l')).toBeGreaterThan(output.lastIndexOf('\u001B[?1049h'));
    expect(output.lastIndexOf('\u001B[?25h')).toBeGreaterThan(output.lastIndexOf('\u001B[?25l'));
    expect(await loadPods()).toBe('');
    expect((await readRun('stopped')).samples.some(({ requestsPerSecond = 0 }) => requestsPerSecond > 0)).toBe(true);
    expect(await readFile(join(directory, 'stopped.svg'), 'utf8')).toMatch(/<\/svg>\n$/);
  });

  it('has no gap when the API server restarts', async () => {
    const ended = endOf(start(['--seconds', '30', '--connections', '2', '--output', join(directory, 'restarted')]));
    await waitForTraffic();
    await installation.cluster.restartApiServer();
    expect(await ended).toMatchObject({ code: 0 });
    const { samples } = await readRun('restarted');
    const seconds = samples.filter((sample) => sample.requestsPerSecond !== undefined).map((sample) => sample.seconds);
    const gaps = seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0));
    // A busy pod may print a line late, and so skip a second.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2);
    expect(seconds.length).toBeGreaterThanOrEqual(26);
    expect(await loadPods()).toBe('');
  });

  it('ends when its pod is evicted, and keeps what was measured', async () => {
    const { kubectl, namespace } = installation;
    const ended = endOf(start(['--seconds', '300', '--connections', '2', '--output', join(directory, 'evicted')]));
    await waitForTraffic();
    await kubectl('delete', 'pods', '-n', namespace, '--selector', 'temperature-converter.io/load', '--now');
    const { code, errors } = await ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^load: The load pod (was|is being) deleted\n$/);
    expect((await readRun('evicted')).samples.some(({ requestsPerSecond = 0 }) => requestsPerSecond > 0)).toBe(true);
  });

  it('says that the quota has no room for its pod', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('create', 'quota', 'full', '-n', namespace, '--hard=requests.memory=1Mi');
    const { code, errors } = await endOf(start(['--output', join(directory, 'refused')]));
    await kubectl('delete', 'quota', 'full', '-n', namespace);
    expect(code).toBe(1);
    expect(errors).toContain('exceeded quota: full');
  });

  it('names the converters that there are when there is none of this name', async () => {
    const { code, errors } = await endOf(start(['--name', 'missing']));
    expect(code).toBe(1);
    expect(errors).toBe(
      `load: There is no TemperatureConverter missing. The namespace has ${NAME}. Use --name and --namespace.\n`,
    );
  });

  it('says why a converter is not ready, and sends nothing', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('broken', { image: 'registry.invalid/none:1', imagePullPolicy: 'Never' }));
    await waitForCondition(installation, 'broken', { type: 'Ready', status: 'False' });
    const { code, errors } = await endOf(start(['--name', 'broken']));
    expect(code).toBe(1);
    expect(errors).toMatch(/^load: The converter e2e-load\/broken is not ready: \w+: /);
    expect(errors).toContain('kubectl wait --for=condition=Ready -n e2e-load tc/broken');
    expect(await loadPods()).toBe('');
  });

  /** The command line of a load; a later flag overrides an earlier one. */
  function commandOf(flags: readonly string[]): readonly [string, ...string[]] {
    return [process.execPath, LOAD, '--name', NAME, '--namespace', installation.namespace, ...flags];
  }

  function environment(): NodeJS.ProcessEnv {
    const { cluster } = installation;
    const path = `${dirname(cluster.binary('kubectl'))}:${process.env['PATH']}`;
    return { ...process.env, KUBECONFIG: cluster.kubeconfigPath, PATH: path, NO_COLOR: '1', TERM: 'xterm' };
  }

  function start(flags: readonly string[]): ChildProcess {
    const [program, ...args] = commandOf(flags);
    return spawn(program, args, { env: environment(), stdio: 'pipe' });
  }

  function loadPods(): Promise<string> {
    const { kubectl, namespace } = installation;
    return kubectl('get', 'pods', '-n', namespace, '--selector', 'temperature-converter.io/load', '--no-headers');
  }

  /** Waits until a load pod has printed the first second of requests. */
  async function waitForTraffic(): Promise<void> {
    const { kubectl, namespace } = installation;
    const logs = ['logs', '-n', namespace, '--selector', 'temperature-converter.io/load', '--container', 'load'];
    await eventually(async () => expect(await kubectl(...logs)).toContain('"second":3'), WAIT_TIMEOUT_MS);
  }

  async function readRun(name: string): Promise<LoadRun> {
    return parseCsv(await readFile(join(directory, `${name}.csv`), 'utf8'));
  }
});

async function endOf(child: ChildProcess): Promise<Ended> {
  const closed = once(child, 'close');
  const outputs = [child.stdout, child.stderr].map((stream) => (stream === null ? Promise.resolve('') : text(stream)));
  const [[code], output = '', errors = ''] = await Promise.all([closed, ...outputs]);
  return { code: Number(code), output, errors };
}
