import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning, type ProcessEntry, readProcess } from '../local-cluster/process/process-table.ts';
import { waitUntil } from '../local-cluster/process/wait-until.ts';
import { run } from './run-jest.ts';

describe('a command', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'run-jest-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('resolves to its exit code', async () => {
    expect(await run(['sh', '-c', 'exit 7'], new AbortController().signal)).toBe(7);
  });

  it('ends with its children, such as the workers of jest, when the run is stopped', async () => {
    const file = join(directory, 'child');
    const stop = new AbortController();
    const running = run(['sh', '-c', 'sleep 60 & echo $! > "$0"; wait', file], stop.signal);
    const child = await waitUntil({ what: 'the child to start', timeoutMs: 10_000, probe: () => findChild(file) });
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    try {
      await waitUntil({ what: 'the child to end', timeoutMs: 10_000, probe: () => !isRunning(child) || undefined });
    } finally {
      if (isRunning(child)) process.kill(child.pid);
    }
  });
});

function findChild(file: string): ProcessEntry | undefined {
  try {
    return readProcess(Number(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
