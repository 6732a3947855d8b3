import { parseArgs } from 'node:util';
import { ConfigurationError } from '../configuration.ts';

/** What `status` shows, and how. */
export interface StatusArguments {
  /** A list if undefined. */
  readonly name: string | undefined;
  /** The namespace of the context if undefined. */
  readonly namespace: string | undefined;
  readonly allNamespaces: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly format: Format;
  readonly watch: boolean;
}

/** A format of the output. */
export type Format = 'text' | 'json' | 'yaml';

/** The flags of `status`, as `parseArgs` takes them. */
export const STATUS_FLAGS = {
  namespace: { type: 'string', short: 'n' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  watch: { type: 'boolean', short: 'w' },
  output: { type: 'string', short: 'o' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The help of `status`. */
export const STATUS_USAGE = `Usage: kubectl tc status [NAME] [FLAGS]

Without NAME, lists the TemperatureConverters of the namespace. With NAME, shows
one of them on a screen: its conditions, children, pods with their containers,
autoscaler, and recent events.

Flags:
  -n, --namespace NAMESPACE   namespace (default: the one of the context)
  -A, --all-namespaces        list those of all namespaces
  -w, --watch                 show it again every 2 seconds, until Ctrl-C
  -o, --output json|yaml      print the data instead of the screen
      --context NAME          context of the kubeconfig (default: current)
      --kubeconfig FILE       kubeconfig (default: KUBECONFIG, ~/.kube/config)
  -h, --help                  print this help

What you have no right to read is left out, and the missing right is named.
Exit status: 0; 1 if NAME does not exist or cannot be read; 2 for wrong
arguments.
`;

/** Parses the arguments of `status`, or 'help'; throws a ConfigurationError. */
export function parseStatusArguments(args: readonly string[]): StatusArguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  const [name, ...more] = positionals;
  if (more.length > 0)
    throw new ConfigurationError(`status takes one NAME, not ${positionals.length}: ${positionals.join(' ')}`);
  const allNamespaces = values['all-namespaces'] === true;
  requireName(name, allNamespaces);
  return {
    name,
    namespace: values.namespace === '' ? undefined : values.namespace,
    allNamespaces,
    kubeconfig: values.kubeconfig,
    context: values.context,
    format: parseFormat(values.output),
    watch: values.watch === true,
  };
}

function parse(args: readonly string[]) {
  try {
    // kubectl takes `-n=NAME` and `-nNAME`, Node.js only the latter.
    const normalized = args.map((arg) => arg.replace(/^-([no])=/, '-$1'));
    return parseArgs({ args: normalized, options: STATUS_FLAGS, allowPositionals: true });
  } catch (error) {
    // The rest of the message is about arguments that begin with a dash.
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(message.replace(/\. To specify a positional.*$/su, ''));
  }
}

function requireName(name: string | undefined, allNamespaces: boolean): void {
  if (name === undefined) return;
  if (allNamespaces) throw new ConfigurationError('NAME cannot be combined with --all-namespaces: use --namespace');
  const [namespace = '', rest = ''] = name.split('/');
  if (name.includes('/')) {
    throw new ConfigurationError(
      `NAME takes a name without a slash, not "${name}": try ${rest} --namespace ${namespace}`,
    );
  }
  if (name === '') throw new ConfigurationError('NAME is empty');
}

function parseFormat(output: string | undefined): Format {
  if (output === undefined) return 'text';
  if (output !== 'json' && output !== 'yaml')
    throw new ConfigurationError(`--output takes json or yaml, not "${output}"`);
  return output;
}
