import { parseArgs } from 'node:util';
import { parseClusterName, parseNodeCount } from './cluster/cluster-layout.ts';

/** The commands, each with its help text. */
export const COMMANDS = {
  start: 'start the cluster, or complete it; the first time this builds Kubernetes from source',
  stop: 'stop all processes and keep the data',
  delete: 'stop all processes and delete all data of the cluster',
  node: 'stop NODE: end a node as a power cut does; start NODE: start it again',
  status: 'print what runs; exit status 3 if the cluster is incomplete, 4 if it does not exist',
  kubeconfig: 'print the path of the cluster administrator’s kubeconfig',
  logs: 'print the directory of the logs, or the end of the log of PROGRAM, such as etcd or kubelet@node-1',
} as const;

/** One of the commands. */
export type Command = keyof typeof COMMANDS;

/** What the command `node` does. */
export type NodeAction = 'stop' | 'start';

/** A command, with its arguments. */
export type CommandRequest =
  | { readonly command: 'start'; readonly nodes: number | undefined }
  | { readonly command: 'node'; readonly action: NodeAction; readonly nodeName: string }
  | { readonly command: 'logs'; readonly program: string | undefined }
  | { readonly command: Exclude<Command, 'start' | 'node' | 'logs'> };

/** A parsed command line. */
export type Invocation =
  { readonly kind: 'help' } | { readonly kind: 'run'; readonly name: string; readonly request: CommandRequest };

/** An invalid command line; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_NAME = 'demo';

/** Renders the help text. */
export function renderHelp(): string {
  const commands = Object.entries(COMMANDS).map(([name, text]) => `  ${name.padEnd(12)}${text}`);
  return [
    'Usage: node local-cluster/main.ts COMMAND [--name NAME]',
    '',
    'A real Kubernetes on this machine, without Docker.',
    '',
    ...commands,
    '',
    `  --name NAME   which cluster (default: ${DEFAULT_NAME}); several can run at the same time`,
    '  --nodes N     for start: the number of nodes (default: as before, 1 for a new cluster)',
    '  --help        print this',
    '',
  ].join('\n');
}

/** Parses the arguments after the script's name; throws UsageError. */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const { values, positionals } = parse(argv);
  const [command, ...args] = positionals;
  if (values.help === true || command === 'help') return { kind: 'help' };
  if (command === undefined) throw new UsageError('No command given.');
  if (!isCommand(command)) throw new UsageError(`Unknown command "${command}".`);
  if (values.nodes !== undefined && command !== 'start')
    throw new UsageError(`--nodes is only for start, not ${command}.`);
  const name = parseClusterName(values.name ?? DEFAULT_NAME);
  return { kind: 'run', name, request: parseRequest(command, args, values.nodes) };
}

function parseRequest(command: Command, args: readonly string[], nodes: string | undefined): CommandRequest {
  switch (command) {
    case 'start':
      refuseMore(command, args);
      return { command, nodes: nodes === undefined ? undefined : parseNodeCount(Number(nodes)) };
    case 'node':
      return parseNodeRequest(args);
    case 'logs':
      refuseMore(command, args.slice(1), args);
      return { command, program: args[0] };
    case 'stop':
    case 'delete':
    case 'status':
    case 'kubeconfig':
      refuseMore(command, args);
      return { command };
  }
}

function parseNodeRequest([action, nodeName, ...more]: readonly string[]): CommandRequest {
  if (action !== 'stop' && action !== 'start') {
    throw new UsageError(`node ${action ?? ''}: the command is \`node stop NODE\` or \`node start NODE\`.`);
  }
  if (nodeName === undefined) throw new UsageError(`node ${action}: no node given, such as node-1.`);
  refuseMore(`node ${action}`, more);
  return { command: 'node', action, nodeName };
}

function refuseMore(command: string, more: readonly string[], all = more): void {
  if (more.length > 0) throw new UsageError(`"${all.join(' ')}": too many arguments for ${command}.`);
}

interface Options {
  readonly name?: string | undefined;
  readonly nodes?: string | undefined;
  readonly help?: boolean | undefined;
}

function parse(argv: readonly string[]): { readonly values: Options; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { name: { type: 'string' }, nodes: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}
