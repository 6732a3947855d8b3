import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { isRunning, parseEnvironment, parseProcessStat, readProcess, startTimeOf } from './process-table.ts';

const FIELDS_FROM_PARENT = '1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200';

describe('parseProcessStat', () => {
  it.each([
    ['a plain name', `42 (etcd) S ${FIELDS_FROM_PARENT}`, { pid: 42, startTicks: '98765', session: 42 }],
    [
      'a name with spaces and parentheses',
      `42 (a) b (c)) R ${FIELDS_FROM_PARENT}`,
      { pid: 42, startTicks: '98765', session: 42 },
    ],
    ['a zombie, which has ended', `42 (etcd) Z ${FIELDS_FROM_PARENT}`, undefined],
    ['an empty file', '', undefined],
  ])('reads %s', (_, stat, expected) => {
    expect(parseProcessStat(stat)).toEqual(expected);
  });

  it('reports when a process started', async () => {
    const beforeMs = Date.now();
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const entry = readProcess(child.pid ?? 0);
    child.kill();
    if (entry === undefined) throw new Error('the process ended');
    expect(Math.abs(startTimeOf(entry) - beforeMs)).toBeLessThan(1000);
  });

  it('reports this process as running, and one with the same PID but another start time as ended', () => {
    const self = readProcess(process.pid);
    expect(self).toMatchObject({ pid: process.pid });
    expect(self !== undefined && isRunning(self)).toBe(true);
    expect(self !== undefined && isRunning({ ...self, startTicks: '1' })).toBe(false);
  });

  it('does not find a process that has ended', async () => {
    const child = spawn('true');
    await once(child, 'close');
    expect(readProcess(child.pid ?? 0)).toBeUndefined();
  });
});

describe('parseEnvironment', () => {
  it.each([
    ['A=1\0NAME=value\0B=2\0', 'value'],
    ['NAME=\0', ''],
    ['NAME=a=b\0', 'a=b'],
    ['OTHER_NAME=1\0NAMES=2\0', undefined],
    ['', undefined],
  ])('finds NAME in %j', (environment, expected) => {
    expect(parseEnvironment(environment, 'NAME')).toBe(expected);
  });
});
