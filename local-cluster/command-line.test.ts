import { describe, expect, it } from '@jest/globals';
import { COMMANDS, parseCommandLine, renderHelp, UsageError } from './command-line.ts';

describe('parseCommandLine', () => {
  it.each([
    [['start'], { kind: 'run', command: 'start', name: 'demo', program: undefined }],
    [['stop', '--name', 'test'], { kind: 'run', command: 'stop', name: 'test', program: undefined }],
    [['logs', 'etcd'], { kind: 'run', command: 'logs', name: 'demo', program: 'etcd' }],
    [['--help'], { kind: 'help' }],
    [['start', '-h'], { kind: 'help' }],
    [['help'], { kind: 'help' }],
  ])('reads %j', (argv, expected) => {
    expect(parseCommandLine(argv)).toEqual(expected);
  });

  it.each([
    [[], 'No command given.'],
    [['restart'], 'Unknown command "restart".'],
    [['toString'], 'Unknown command "toString".'],
    [['stop', 'etcd'], '"etcd": too many arguments for stop.'],
    [['logs', 'etcd', 'kubelet'], '"etcd kubelet": too many arguments for logs.'],
    [['start', '--nmae', 'x'], "Unknown option '--nmae'"],
  ])('refuses %j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(UsageError);
    expect(() => parseCommandLine(argv)).toThrow(message);
  });
});

describe('the help', () => {
  it.each(Object.keys(COMMANDS))('explains %s', (command) => {
    expect(renderHelp()).toMatch(new RegExp(`^  ${command} +\\S`, 'mu'));
  });
});
