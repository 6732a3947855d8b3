import { parseArgs } from 'node:util';
import { parseClusterName } from './cluster/cluster-layout.ts';

/** The commands, each with its help text. */
export const COMMANDS = {
  start: 'start the cluster, or complete it; the first time this builds Kubernetes from source',
  stop: 'stop all processes and keep the data',
  delete: 'stop all processes and delete all data of the cluster',
  status: 'print what runs; exit status 3 if the cluster is incomplete, 4 if it does not exist',
  kubeconfig: 'print the path of the cluster administrator’s kubeconfig',
  logs: 'print the directory of the logs, or the end of the log of PROGRAM',
} as const;

/** One of the commands. */
export type Command = keyof typeof COMMANDS;

/** A parsed command line. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly command: Command; readonly name: string; readonly program: string | undefined };

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
    'A real one-node Kubernetes on this machine, without Docker.',
    '',
    ...commands,
    '',
    `  --name NAME   which cluster (default: ${DEFAULT_NAME}); several can run at the same time`,
    '  --help        print this',
    '',
  ].join('\n');
}

/** Parses the arguments after the script's name; throws UsageError. */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const { values, positionals } = parse(argv);
  const [command, program, ...rest] = positionals;
  if (values.help === true || command === 'help') return { kind: 'help' };
  if (command === undefined) throw new UsageError('No command given.');
  if (!isCommand(command)) throw new UsageError(`Unknown command "${command}".`);
  if (rest.length > 0 || (program !== undefined && command !== 'logs')) {
    throw new UsageError(`"${[program, ...rest].join(' ')}": too many arguments for ${command}.`);
  }
  return { kind: 'run', command, name: parseClusterName(values.name ?? DEFAULT_NAME), program };
}

function parse(argv: readonly string[]): {
  readonly values: { readonly name?: string | undefined; readonly help?: boolean | undefined };
  readonly positionals: readonly string[];
} {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { name: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}
