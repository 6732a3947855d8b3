import { parseArgs } from 'node:util';

/** What `make load` is asked to do. */
export interface LoadOptions {
  readonly name: string;
  /** Undefined: the namespace of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** Undefined: the current context of the kubeconfig. */
  readonly context: string | undefined;
  readonly connections: number;
  readonly seconds: number;
  readonly untilScaledDown: boolean;
  /** The image of the pod that sends the requests; undefined: the converter's own. */
  readonly image: string | undefined;
  /** Labels of that pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** The path of the results without an extension; undefined: a new one in `load-runs/`. */
  readonly output: string | undefined;
}

/** An invalid command line; the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text of `--help`. */
export const USAGE = `Usage: make load [ARGS='FLAGS']

Sends requests to the Service of one converter from a pod in its namespace, draws how the converter scales, and writes the
run as CSV and SVG. Ctrl-C stops the load, deletes the pod and writes what was measured.

  --name NAME            the TemperatureConverter (another-port, which make demo applies)
  --namespace NAMESPACE  its namespace (the namespace of the kubeconfig's context)
  --context CONTEXT      a context of the kubeconfig (the current one)
  --connections N        the connections to keep busy, 1 to 1000 (24)
  --seconds N            how long to send requests, 5 to 3600 (180)
  --until-scaled-down    then wait until the replicas are back at the minimum, for at most 20 minutes
  --output PATH          write PATH.csv and PATH.svg (load-runs/NAMESPACE-NAME-TIME)
  --image IMAGE          the image of the pod; must contain node (the converter's image)
  --labels KEY=VALUE,…   labels of the pod, for instance those that a NetworkPolicy admits

The cluster is that of KUBECONFIG. The pod meets the Pod Security Standard "restricted", requests 100m of CPU and 64Mi of memory, and
has the converter's image pull secrets, service account, node selector and tolerations.
`;

const FLAGS = {
  name: { type: 'string', default: 'another-port' },
  namespace: { type: 'string', short: 'n' },
  context: { type: 'string' },
  connections: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '180' },
  'until-scaled-down': { type: 'boolean', default: false },
  output: { type: 'string' },
  image: { type: 'string' },
  labels: { type: 'string', default: '' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Parses a command line; undefined when it asks for help. Throws a UsageError. */
export function parseOptions(args: readonly string[]): LoadOptions | undefined {
  const values = parseFlags(args);
  if (values.help) return undefined;
  return {
    name: parseName(values.name),
    namespace: values.namespace === undefined ? undefined : parseNamespace(values.namespace),
    context: parseText('--context', values.context),
    connections: parseInteger('--connections', values.connections, { from: 1, to: 1000 }),
    seconds: parseInteger('--seconds', values.seconds, { from: 5, to: 3600 }),
    untilScaledDown: values['until-scaled-down'],
    image: parseText('--image', values.image),
    labels: parseLabels(values.labels),
    output: parseText('--output', values.output),
  };
}

function parseFlags(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A name as the schema of a TemperatureConverter allows it: that of a Service. */
function parseName(text: string): string {
  if (/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new UsageError(
    `--name ${JSON.stringify(text)} is not the name of a TemperatureConverter: use at most 63 lowercase letters, digits and dashes, starting with a letter.`,
  );
}

function parseNamespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new UsageError(
    `--namespace ${JSON.stringify(text)} is not the name of a namespace: use at most 63 lowercase letters, digits and dashes.`,
  );
}

function parseText(flag: string, text: string | undefined): string | undefined {
  if (text?.trim() === '') throw new UsageError(`${flag} is empty: give it a value, or leave it out.`);
  return text;
}

function parseInteger(flag: string, text: string, { from, to }: { from: number; to: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new UsageError(`${flag} ${JSON.stringify(text)} is not an integer from ${from} to ${to}.`);
}

/** The API server validates the labels themselves. */
function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map((pair) => parseLabel(pair)));
}

function parseLabel(pair: string): readonly [string, string] {
  const [key = '', value, ...rest] = pair.split('=');
  if (key !== '' && value !== undefined && rest.length === 0) return [key, value];
  throw new UsageError(`--labels: ${JSON.stringify(pair)} is not KEY=VALUE.`);
}
