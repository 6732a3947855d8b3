import { describe, expect, it } from '@jest/globals';
import { InvalidNodeCountError } from './cluster/cluster-layout.ts';
import { COMMANDS, parseCommandLine, renderHelp, UsageError } from './command-line.ts';

describe('parseCommandLine', () => {
  it.each([
    [['start'], { name: 'demo', request: { command: 'start', nodes: undefined } }],
    [['start', '--nodes', '2'], { name: 'demo', request: { command: 'start', nodes: 2 } }],
    [['stop', '--name', 'test'], { name: 'test', request: { command: 'stop' } }],
    [['node', 'stop', 'node-2'], { name: 'demo', request: { command: 'node', action: 'stop', nodeName: 'node-2' } }],
    [['node', 'start', 'node-1'], { name: 'demo', request: { command: 'node', action: 'start', nodeName: 'node-1' } }],
    [['logs', 'etcd'], { name: 'demo', request: { command: 'logs', program: 'etcd' } }],
    [['logs'], { name: 'demo', request: { command: 'logs', program: undefined } }],
  ])('reads %j', (argv, expected) => {
    expect(parseCommandLine(argv)).toEqual({ kind: 'run', ...expected });
  });

  it.each([[['--help']], [['start', '-h']], [['help']]])('reads %j as a request for help', (argv) => {
    expect(parseCommandLine(argv)).toEqual({ kind: 'help' });
  });

  it.each([
    [[], 'No command given.'],
    [['restart'], 'Unknown command "restart".'],
    [['toString'], 'Unknown command "toString".'],
    [['stop', 'etcd'], '"etcd": too many arguments for stop.'],
    [['logs', 'etcd', 'kubelet'], '"etcd kubelet": too many arguments for logs.'],
    [['start', '--nmae', 'x'], "Unknown option '--nmae'"],
    [['stop', '--nodes', '2'], '--nodes is only for start, not stop.'],
    [['node'], 'the command is `node stop NODE` or `node start NODE`.'],
    [['node', 'delete', 'node-1'], 'node delete: the command is `node stop NODE` or `node start NODE`.'],
    [['node', 'stop'], 'node stop: no node given, such as node-1.'],
    [['node', 'stop', 'node-1', 'node-2'], '"node-2": too many arguments for node stop.'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(UsageError);
    expect(() => parseCommandLine(argv)).toThrow(message);
  });

  it.each(['0', '-1', '1.5', '6', 'two', ''])('refuses %j nodes', (nodes) => {
    const parse = (): unknown => parseCommandLine(['start', `--nodes=${nodes}`]);
    expect(parse).toThrow(InvalidNodeCountError);
    expect(parse).toThrow('A local cluster has 1 to 5 nodes');
  });
});

describe('the help', () => {
  it.each(Object.keys(COMMANDS))('explains %s', (command) => {
    expect(renderHelp()).toMatch(new RegExp(`^  ${command} +\\S`, 'mu'));
  });
});
