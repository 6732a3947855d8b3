import { parseArgs } from 'node:util';
import { parseClusterName } from './cluster/cluster-layout.ts';

/** What can be done to a local cluster, with what `help` says of it. */
export const COMMANDS = {
  start: 'start the cluster, or complete it; the first time this builds Kubernetes from source',
  stop: 'end everything that runs; the data stay',
  delete: 'end everything, and remove all that is the cluster’s',
  status: 'say what runs; exit status 3 if the cluster is not whole, 4 if there is none',
  kubeconfig: 'print the path of the cluster administrator’s kubeconfig',
  logs: 'print where the logs are, or the end of the log of the program that is named',
} as const;

/** One of the commands. */
export type Command = keyof typeof COMMANDS;

/** What the user asked for. */
export type Invocation =
  | { readonly kind: 'help' }
  | { readonly kind: 'run'; readonly command: Command; readonly name: string; readonly program: string | undefined };

/** The user asked for something that there is not; the message says what. */
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
    `  --name NAME   which cluster (default: ${DEFAULT_NAME}); several can be up side by side`,
    '  --help        print this',
    '',
  ].join('\n');
}

/** Parses the arguments after the script's name; throws UsageError. */
export function parseCommandLine(argv: readonly string[]): Invocation {
  const { values, positionals } = parse(argv);
  const [command, program, ...rest] = positionals;
  if (values.help === true || command === 'help') return { kind: 'help' };
  if (command === undefined) throw new UsageError('No command is given.');
  if (!isCommand(command)) throw new UsageError(`There is no command "${command}".`);
  if (rest.length > 0 || (program !== undefined && command !== 'logs')) {
    throw new UsageError(`"${[program, ...rest].join(' ')}" is more than ${command} takes.`);
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
