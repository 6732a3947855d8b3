import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DaemonSpec, ensureDaemon, findDaemons, killAllOf, stopDaemon, waitForDaemons } from './daemon.ts';
import { isRunning, readProcess } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

describe('daemons', () => {
  let stateDirectory: string;

  beforeEach(() => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'daemon-'));
  });

  afterEach(async () => {
    await killAllOf(stateDirectory);
    rmSync(stateDirectory, { recursive: true, force: true });
  });

  const specOf = (script: string, more: Partial<DaemonSpec> = {}): DaemonSpec => ({
    name: 'sleeper',
    argv: ['sh', '-c', script],
    stateDirectory,
    endsWithParent: false,
    ...more,
  });

  it('are found by their state directory, without a pid file', async () => {
    const daemon = await ensureDaemon(specOf('exec sleep 60'));
    expect(findDaemons(stateDirectory)).toEqual([expect.objectContaining({ name: 'sleeper', pid: daemon.pid })]);
    expect(findDaemons(`${stateDirectory}-other`)).toEqual([]);
  });

  it('keep running with the same specification, and are replaced with another one', async () => {
    const first = await ensureDaemon(specOf('exec sleep 60'));
    expect((await ensureDaemon(specOf('exec sleep 60'))).pid).toBe(first.pid);

    const reconfigured = await ensureDaemon(specOf('exec sleep 60', { configuration: 'other' }));
    expect(isRunning(first)).toBe(false);
    const otherCommand = await ensureDaemon(specOf('exec sleep 61', { configuration: 'other' }));
    expect(isRunning(reconfigured)).toBe(false);
    expect(findDaemons(stateDirectory).map((daemon) => daemon.pid)).toEqual([otherCommand.pid]);
  });

  it('are killed when they do not end by SIGTERM in time', async () => {
    const stubborn = await ensureDaemon(specOf('trap "" TERM; echo ready; while :; do sleep 1; done'));
    await waitForDaemons([stubborn], {
      what: 'its trap to be set',
      timeoutMs: 10_000,
      intervalMs: 5,
      probe: () => readFileSync(stubborn.logPath, 'utf8').includes('ready') || undefined,
    });
    await stopDaemon(stubborn, 50);
    expect(isRunning(stubborn)).toBe(false);
  });

  it('are killed with their children and no other processes', async () => {
    const foreign = spawn('sleep', ['60']);
    await ensureDaemon(specOf('sleep 60 & echo $!; exec sleep 60'));
    const childPid = await waitUntil({
      what: 'the child to be started',
      timeoutMs: 10_000,
      intervalMs: 5,
      probe: () => Number(readFileSync(join(stateDirectory, 'logs', 'sleeper.log'), 'utf8')) || undefined,
    });
    expect(findDaemons(stateDirectory)).toHaveLength(1);
    await killAllOf(stateDirectory, ['another']);
    expect(readProcess(childPid)).toBeDefined();
    await killAllOf(stateDirectory, ['sleeper']);
    expect(readProcess(childPid)).toBeUndefined();
    expect(findDaemons(stateDirectory)).toEqual([]);
    expect(readProcess(foreign.pid ?? 0)).toBeDefined();
    foreign.kill('SIGKILL');
    await once(foreign, 'close');
  });

  it('that end unexpectedly are reported with the path and the end of their log', async () => {
    // It may end before or during the wait.
    const dying = ensureDaemon(specOf('echo cannot bind >&2; exit 1')).then((daemon) =>
      waitForDaemons([daemon], { what: 'it', timeoutMs: 10_000, intervalMs: 5, probe: () => undefined }),
    );
    await expect(dying).rejects.toThrow(
      `sleeper ended unexpectedly. The end of its log, ${stateDirectory}/logs/sleeper.log:\ncannot bind`,
    );
  });

  it('keep the log of the previous run', async () => {
    const first = await ensureDaemon(specOf('echo one; exec sleep 60'));
    await waitUntil({
      what: 'the first log line',
      timeoutMs: 10_000,
      intervalMs: 5,
      probe: () => readFileSync(first.logPath, 'utf8') || undefined,
    });
    await ensureDaemon(specOf('exec sleep 60'));
    expect(readFileSync(`${first.logPath}.previous`, 'utf8')).toBe('one\n');
  });

  it('do not inherit the environment of a shell', async () => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    try {
      const daemon = await ensureDaemon(specOf('echo "proxy: $HTTPS_PROXY"; exec sleep 60'));
      const text = await waitUntil({
        what: 'its output',
        timeoutMs: 10_000,
        intervalMs: 5,
        probe: () => readFileSync(daemon.logPath, 'utf8') || undefined,
      });
      expect(text).toBe('proxy: \n');
    } finally {
      delete process.env['HTTPS_PROXY'];
    }
  });
});
