import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CommandFailedError, CommandNotFoundError, lastLines, runCommand } from './run-command.ts';

describe('runCommand', () => {
  it('returns the standard output without the standard error', async () => {
    expect(await runCommand(['sh', '-c', 'echo out; echo err >&2'])).toBe('out\n');
  });

  it('throws standard output and standard error when the command fails', async () => {
    const failing = runCommand(['sh', '-c', 'echo out; echo err >&2; exit 3']);
    await expect(failing).rejects.toThrow(CommandFailedError);
    await expect(failing).rejects.toMatchObject({ exitCode: 3, output: 'out\nerr\n' });
  });

  it('throws CommandNotFoundError if the program is not installed', async () => {
    const missing = runCommand(['no-such-program']);
    await expect(missing).rejects.toThrow(CommandNotFoundError);
    await expect(missing).rejects.toThrow('`no-such-program` is not installed');
  });

  it('finds programs in the system directories that the PATH lacks', async () => {
    expect(await runCommand(['sh', '-c', 'echo $PATH'], { env: { PATH: '/bin' } })).toContain('/usr/sbin');
  });

  it('kills the command when the signal is aborted, and throws its reason', async () => {
    const cancel = new AbortController();
    const running = runCommand(
      ['sh', '-c', 'echo started; exec sleep 60'],
      {
        onLine: () => {
          cancel.abort(new Error('enough'));
        },
      },
      cancel.signal,
    );
    await expect(running).rejects.toThrow('enough');
    await expect(runCommand(['true'], {}, cancel.signal)).rejects.toThrow('enough');
  });

  it('passes each line to onLine, and reads standard input from a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'run-command-'));
    const inputPath = join(directory, 'input');
    writeFileSync(inputPath, 'one\ntwo\n');
    const lines: string[] = [];
    await runCommand(['cat'], { inputPath, onLine: (line) => lines.push(line) });
    rmSync(directory, { recursive: true });
    expect(lines).toEqual(['one', 'two']);
  });
});

describe('lastLines', () => {
  it.each([
    ['a\nb\nc\n', 2, 'b\nc'],
    ['a', 5, 'a'],
    ['', 3, ''],
  ])('of %j, %d', (text, count, expected) => {
    expect(lastLines(text, count)).toBe(expected);
  });
});
