import { type CompletableCommand, complete, formatCompletion } from './completion.ts';
import { ConfigurationError } from './configuration.ts';
import type { Output } from './output.ts';
import { runPlan } from './plan.ts';
import { PLAN_FLAGS } from '../plan/plan-options.ts';
import { runStatus } from './status/run-status.ts';
import { STATUS_FLAGS } from './status/status-arguments.ts';

/** A subcommand of the plugin: resolves to the exit status. */
type Subcommand = (args: readonly string[], output: Output, signal: AbortSignal) => Promise<number>;

interface CommandEntry extends CompletableCommand {
  readonly run: Subcommand;
  /** The exit status of an error that the command does not handle. */
  readonly errorStatus: number;
}

const VERSION = process.env['PACKAGE_VERSION'] ?? 'development';
const USAGE_STATUS = 2;
/** What a shell reports for a command that Ctrl-C ended. */
const INTERRUPTED_STATUS = 130;

/** The commands by name, in the order of `help`. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'status',
    {
      summary: 'show one TemperatureConverter on a screen, or list all',
      run: runStatus,
      errorStatus: 1,
      flags: Object.keys(STATUS_FLAGS).map((flag) => `--${flag}`),
      takesNames: true,
    },
  ],
  [
    'plan',
    {
      summary: 'print what the operator would change, and why',
      run: runPlan,
      errorStatus: 2,
      flags: Object.keys(PLAN_FLAGS).map((flag) => `--${flag}`),
      takesNames: true,
    },
  ],
  ['version', { summary: 'print the version of this plugin', run: printVersion, errorStatus: 1 }],
  ['help', { summary: 'print this help, or that of a command', run: printHelp, errorStatus: 1 }],
]);

/** Flags with a value that may precede the command. */
const LEADING_FLAGS = new Set(['-n', '--namespace', '--context', '--kubeconfig', '-o', '--output']);

/** Runs the kubectl plugin with the arguments after `kubectl tc`; resolves to the exit status, and never rejects. */
export async function runPlugin(args: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  const { name, rest } = splitCommand(args);
  const command = COMMANDS.get(name);
  if (command === undefined) {
    output.err(`error: unknown command "${name}" for "kubectl tc"\n${HINT}`);
    return USAGE_STATUS;
  }
  try {
    return await command.run(rest, output, signal);
  } catch (error) {
    if (signal.aborted) return INTERRUPTED_STATUS;
    output.err(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof ConfigurationError)) return command.errorStatus;
    output.err(HINT);
    return USAGE_STATUS;
  }
}

/** Prints the completion of the words after `kubectl tc`, for the executable `kubectl_complete-tc`. */
export async function completePlugin(words: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  output.out(formatCompletion(await complete(words, COMMANDS, signal)));
  return 0;
}

const HINT = 'Run "kubectl tc help" for the commands.\n';

/** Finds the command, which flags may precede. Without one it is `help`. */
function splitCommand(args: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  let index = 0;
  while (args[index]?.startsWith('-') === true) index += LEADING_FLAGS.has(args[index] ?? '') ? 2 : 1;
  const name = args[index];
  const leading = args.slice(0, index);
  if (name === undefined) return { name: leading.includes('--version') ? 'version' : 'help', rest: [] };
  return { name, rest: [...leading, ...args.slice(index + 1)] };
}

function printVersion(_args: readonly string[], output: Output): Promise<number> {
  output.out(`kubectl-tc ${VERSION}\n`);
  return Promise.resolve(0);
}

async function printHelp([name]: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  if (name === undefined) {
    output.out(usage());
    return 0;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw new ConfigurationError(`unknown command "${name}"`);
  return command.run(name === 'help' ? [] : ['--help'], output, signal);
}

function usage(): string {
  const commands = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`);
  return `TemperatureConverters in the terminal (kubectl-tc ${VERSION}).

Usage: kubectl tc COMMAND [FLAGS]

Commands:
${commands.join('\n')}

Run "kubectl tc COMMAND --help" for the flags of a command.
`;
}
