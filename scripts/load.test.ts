import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { parseCsv } from './load/csv.ts';

const LOAD = join(import.meta.dirname, 'load.ts');
const FAKE_KUBECTL = join(import.meta.dirname, 'load/testing/fake-kubectl.ts');

interface Run {
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<{ readonly code: unknown; readonly output: string; readonly errors: string }>;
}

describe('make load, when something fails', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'load-'));
    const program = join(directory, 'kubectl');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${FAKE_KUBECTL}' "$@"\n`);
    await chmod(program, 0o755);
  });
  afterEach(() => rm(directory, { recursive: true }));

  function start(scenario: string, ...flags: readonly string[]): Run {
    const env = {
      ...process.env,
      PATH: `${directory}:${process.env['PATH']}`,
      FAKE_SCENARIO: scenario,
      FAKE_CALLS: join(directory, 'calls'),
    };
    const args = [LOAD, '--name', 'weather', '--output', join(directory, 'run'), ...flags];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = async (): Promise<Awaited<Run['ended']>> => {
      const [[code], output, errors] = await Promise.all([
        once(child, 'close'),
        text(child.stdout),
        text(child.stderr),
      ]);
      return { code, output, errors };
    };
    return { child, ended: end() };
  }

  async function calls(): Promise<readonly string[]> {
    const all = await readFile(join(directory, 'calls'), 'utf8').catch(() => '');
    return all.trimEnd().split('\n');
  }

  async function expectPodDeleted(): Promise<void> {
    const deletions = (await calls()).filter((call) => /delete pod weather-load-\w+ --ignore-not-found/.test(call));
    expect(deletions).toHaveLength(1);
  }

  async function expectResults(): Promise<void> {
    const { converter, samples } = parseCsv(await readFile(join(directory, 'run.csv'), 'utf8'));
    expect(converter).toBe('team/weather');
    expect(samples.length).toBeGreaterThan(0);
    expect(await readFile(join(directory, 'run.svg'), 'utf8')).toMatch(/<\/svg>\n$/);
  }

  it('nothing fails: the pod is deleted before the results are written', async () => {
    const { code, output, errors } = await start('whole').ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('500 requests answered, 0 failed\n');
    await expectPodDeleted();
    await expectResults();
  });

  it('uses one context for every call, and the namespace of the converter', async () => {
    await start('whole', '--context', 'kind-kind', '--namespace', 'team').ended;
    expect((await calls()).every((call) => call.startsWith('--context kind-kind --namespace team '))).toBe(true);
  });

  it('the pod is evicted', async () => {
    const { code, errors } = await start('evicted').ended;
    expect(code).toBe(1);
    expect(errors).toBe('load: The load pod failed: Evicted: The node was low on resource: memory.\n');
    await expectPodDeleted();
    await expectResults();
  });

  it('the pod exceeds a quota', async () => {
    const { code, errors } = await start('over quota').ended;
    expect(code).toBe(1);
    expect(errors).toBe('load: Error from server (Forbidden): exceeded quota: team\n');
  });

  it('the log may not be read', async () => {
    const { code, errors } = await start('logs forbidden').ended;
    expect(code).toBe(1);
    expect(errors).toContain('pods "weather-load" is forbidden');
    await expectPodDeleted();
  });

  it('the pod cannot be deleted: it is tried again, and the error says how to delete it', async () => {
    const { code, errors } = await start('delete fails').ended;
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^load: The load pod (weather-load-\w+) could not be deleted\..* kubectl delete pod -n team \1\n$/,
    );
    expect((await calls()).filter((call) => call.includes('delete pod weather-load'))).toHaveLength(5);
    await expectResults();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s stops the load, deletes the pod and writes the results',
    async (signal) => {
      const { child, ended } = start('endless');
      await eventually(async () => expect((await calls()).join('\n')).toContain(' logs '), 20_000);
      await eventually(
        async () => expect((await calls()).filter((call) => call.includes('pods/')).length).toBeGreaterThan(0),
        20_000,
      );
      child.kill(signal);
      const { code, errors } = await ended;
      expect({ code, errors }).toEqual({ code: 130, errors: 'load: stopped\n' });
      await expectPodDeleted();
      await expectResults();
    },
  );

  it('the results cannot be written: no load is sent', async () => {
    const { code, errors } = await start('whole', '--output', '/dev/null/run').ended;
    expect(code).toBe(1);
    expect(errors).toContain('/dev/null');
    expect((await calls()).some((call) => call.includes('create'))).toBe(false);
  });
});
