import { TEMPERATURE_CONVERTERS } from '../api/temperature-converter.ts';
import { loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import type { KubernetesObject, ObjectList } from '../../controller-runtime/object/object.ts';
import { collectionPath, type Resource } from '../../controller-runtime/object/resource.ts';
import { type ClusterChoice, connectAsUser } from './user-client.ts';

/** A command as completion knows it. */
export interface CompletableCommand {
  readonly summary: string;
  readonly flags?: readonly string[];
  /** Whether its arguments are names of TemperatureConverters. */
  readonly takesNames?: boolean;
}

type Commands = ReadonlyMap<string, CompletableCommand>;

/** What a shell offers. */
export interface Completion {
  /** Each with a description after a tab, if there is one. */
  readonly choices: readonly string[];
  /** Whether the shell offers files instead. */
  readonly files?: true;
}

const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces' };
/** A shell waits for this at each press of the tab key. */
const TIMEOUT_MS = 3000;
const NOTHING: Completion = { choices: [] };
/** Cobra's ShellCompDirectiveNoFileComp and ShellCompDirectiveDefault. */
const DIRECTIVES = { noFiles: 4, files: 0 } as const;

/** Formats a completion as kubectl reads it from the executable `kubectl_complete-tc`. */
export function formatCompletion({ choices, files }: Completion): string {
  const directive = files === true ? DIRECTIVES.files : DIRECTIVES.noFiles;
  return [...choices, `:${directive}`].map((line) => `${line}\n`).join('');
}

/**
 * Completes the last of the words after `kubectl tc`: a command, a flag or its value, or the name of a resource. Without an
 * answer of the API server there are no choices.
 */
export async function complete(words: readonly string[], commands: Commands, signal: AbortSignal): Promise<Completion> {
  const line = parseLine(words);
  try {
    const { choices, ...more } = await completeLine(line, commands, signal);
    return { ...more, choices: choices.filter((choice) => choice.startsWith(line.word)) };
  } catch {
    // A completion has nowhere to report an error: the command itself reports it.
    return NOTHING;
  }
}

interface Line {
  readonly command: string | undefined;
  /** The flag whose value is completed. */
  readonly flag: string | undefined;
  /** The word to complete. */
  readonly word: string;
  readonly cluster: ClusterChoice;
  readonly namespace: string | undefined;
}

const SHORT_FLAGS: ReadonlyMap<string, string> = new Map([
  ['-n', '--namespace'],
  ['-o', '--output'],
]);

type Complete = (line: Line, signal: AbortSignal) => Completion | Promise<Completion>;

/** Completes the value of each flag that takes one. */
const VALUES: ReadonlyMap<string, Complete> = new Map<string, Complete>([
  ['--output', () => ({ choices: ['json', 'yaml'] })],
  ['--kubeconfig', () => ({ choices: [], files: true })],
  ['--context', ({ cluster }) => ({ choices: contextsOf(cluster) })],
  ['--namespace', (line, signal) => readNames(line, () => collectionPath(NAMESPACES), signal)],
]);

function contextsOf({ kubeconfig }: ClusterChoice): readonly string[] {
  const contexts = loadKubeConfig({ kubeconfig }).getContexts();
  return contexts.map(({ name }) => name);
}

function parseLine(words: readonly string[]): Line {
  const values = new Map<string, string>();
  let command: string | undefined;
  let flag: string | undefined;
  for (const word of words.slice(0, -1)) {
    if (flag === undefined) {
      const [name = '', value] = word.split('=', 2);
      const long = SHORT_FLAGS.get(name) ?? name;
      if (value !== undefined) values.set(long, value);
      else if (VALUES.has(long)) flag = long;
      else if (!word.startsWith('-')) command ??= word;
    } else {
      values.set(flag, word);
      flag = undefined;
    }
  }
  const cluster = { kubeconfig: values.get('--kubeconfig'), context: values.get('--context') };
  return { command, flag, word: words.at(-1) ?? '', cluster, namespace: values.get('--namespace') };
}

async function completeLine(line: Line, commands: Commands, signal: AbortSignal): Promise<Completion> {
  const value = VALUES.get(line.flag ?? '');
  if (value !== undefined) return value(line, signal);
  if (line.command === undefined) {
    return { choices: [...commands].map(([name, { summary }]) => `${name}\t${summary}`) };
  }
  const { flags = [], takesNames = false } = commands.get(line.command) ?? {};
  if (line.word.startsWith('-')) return { choices: flags };
  if (!takesNames) return NOTHING;
  return readNames(line, (namespace) => collectionPath(TEMPERATURE_CONVERTERS, namespace), signal);
}

async function readNames(
  { cluster, namespace }: Line,
  pathIn: (namespace: string) => string,
  signal: AbortSignal,
): Promise<Completion> {
  using user = connectAsUser(cluster);
  const path = pathIn(namespace ?? user.namespace);
  const request = { method: 'GET', path, timeoutMs: TIMEOUT_MS } as const;
  const { items } = await user.client.send<ObjectList<KubernetesObject>>(request, signal);
  return { choices: items.map(({ metadata }) => metadata.name) };
}
