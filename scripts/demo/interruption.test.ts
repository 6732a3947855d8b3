import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StandInPrograms } from './testing/stand-in-programs.ts';

/** Takes its time to end, as Helm does after a signal. */
const SLOW = "trap '' INT TERM\ntouch started\nsleep 5\n";

/** Runs Node.js with the PATH of this test, which Jest keeps from the environment that a process inherits. */
function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, args, { env: { ...process.env, ...environment } });
}

async function endOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
  const [code] = (await once(child, 'exit')) as [number | null]; // Of a ChildProcess.
  return { code, output };
}

describe('Ctrl-C', () => {
  let programs: StandInPrograms;

  beforeEach(() => {
    programs = new StandInPrograms(['kubectl', 'helm', 'docker'], SLOW);
  });

  afterEach(() => {
    programs.remove();
  });

  it.each([
    ['once, stops after the command that runs', [0], 'demo: stopped by a signal'],
    ['twice at once, as npm passes it on, is one', [0, 50], 'demo: stopped by a signal'],
    ['a second time, stops without a clean-up', [0, 2000], undefined],
  ])('%s', async (_, delaysMs, message) => {
    const child = run([join(import.meta.dirname, 'main.ts'), '--existing-cluster']);
    const ended = endOf(child);
    while (child.exitCode === null && !existsSync(join(programs.directory, 'started'))) await sleep(20);
    for (const delayMs of delaysMs) {
      await sleep(delayMs);
      child.kill('SIGINT');
    }
    const { code, output } = await ended;
    expect(code).toBe(130);
    expect(output).toContain('stopping and cleaning up');
    if (message === undefined) expect(output).not.toContain('demo: ');
    else expect(output).toContain(message);
  });

  it('leaves no temporary directory when the process exits without a clean-up', async () => {
    const module = join(import.meta.dirname, 'temporary-directory.ts');
    const source = `import { withTemporaryDirectory } from '${module}'; await withTemporaryDirectory(() => process.exit(130));`;
    const child = run(['--input-type=module', '--eval', source], { TMPDIR: programs.directory });
    expect((await endOf(child)).code).toBe(130);
    expect(readdirSync(programs.directory).toSorted()).toEqual(['docker', 'helm', 'kubectl']);
  });
});
