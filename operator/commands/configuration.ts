import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

/** How the operator was told to run. */
export interface Configuration {
  readonly converterImage: string;
  /** Empty for all namespaces. */
  readonly watchNamespaces: readonly string[];
  readonly workers: number;
  /** Where and as whom to hold the leader lease; undefined without leader election. */
  readonly leaderElection: LeaderElectionConfiguration | undefined;
  readonly logLevel: LogLevel;
  readonly metricsPort: number;
  readonly healthPort: number;
  /** Where developers look into the process; undefined: nowhere. */
  readonly debugPort: number | undefined;
  /** Names this process in events and leases. */
  readonly instance: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Which lease decides who writes. */
export interface LeaderElectionConfiguration {
  readonly namespace: string;
  readonly leaseName: string;
}

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A flag or variable is wrong: the message names it and says what it takes. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** How much can be logged, the most first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** The form of the name of most objects (RFC 1123 subdomain). */
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
/** The bound of the resource's own image; the container runtime judges the rest. */
const IMAGE = /^\S{1,512}$/;
const MAX_WORKERS = 100;
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Each flag, with its default and what it means; the variable of the same name in capitals does the same. */
const FLAGS = {
  'converter-image': { default: undefined, help: 'image of the converters whose resource names none (required)' },
  'watch-namespaces': { default: '', help: 'namespaces to work in, separated by commas; empty: all' },
  workers: { default: '10', help: `resources that are worked on at once, 1 to ${MAX_WORKERS}` },
  'leader-elect': { default: 'false', help: 'true: write only while holding the lease, for several replicas' },
  'leader-election-namespace': { default: undefined, help: "namespace of the lease (default: the pod's)" },
  'leader-election-lease': { default: 'temperature-converter-operator', help: 'name of the lease' },
  'log-level': { default: 'info', help: LOG_LEVELS.join(', ') },
  'metrics-port': { default: '8080', help: 'port of /metrics; 0: any free one' },
  'health-port': { default: '8081', help: 'port of /healthz and /readyz; 0: any free one' },
  'debug-port': {
    default: undefined,
    help: 'port on 127.0.0.1 of log level, heap snapshots and CPU profiles (default: none)',
  },
  kubeconfig: {
    default: undefined,
    help: "kubeconfig file (default: KUBECONFIG, ~/.kube/config, then the pod's account)",
  },
  context: { default: undefined, help: 'context of the kubeconfig (default: its current one)' },
} as const satisfies Record<string, { default: string | undefined; help: string }>;

type Flag = keyof typeof FLAGS;
type Values = Readonly<Partial<Record<Flag, string>>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The text of `--help` on the flags. */
export function describeFlags(): string {
  const lines = Object.entries(FLAGS).map(([name, flag]) => {
    const usual = flag.default === undefined || flag.default === '' ? '' : ` (default: ${flag.default})`;
    return `  --${name.padEnd(26)} ${flag.help}${usual}`;
  });
  return lines.join('\n');
}

/** Reads the configuration from flags and, where a flag is absent, from the environment; throws a ConfigurationError. */
export function parseConfiguration(args: readonly string[], environment: Environment): Configuration {
  const values = readValues(args, environment);
  const converterImage = values['converter-image'] ?? '';
  if (converterImage === '')
    throw new ConfigurationError(`--converter-image (${variableOf('converter-image')}) is missing`);
  if (!IMAGE.test(converterImage)) {
    throw new ConfigurationError(
      `--converter-image (${variableOf('converter-image')}) takes an image reference of at most 512 characters, not "${converterImage}"`,
    );
  }
  return {
    ...parseConnection(values),
    converterImage,
    watchNamespaces: parseNamespaces(values['watch-namespaces'] ?? ''),
    workers: parseInteger('workers', values, { least: 1, most: MAX_WORKERS }),
    leaderElection: parseLeaderElection(values, environment),
    logLevel: parseLogLevel(values['log-level'] ?? ''),
    metricsPort: parseInteger('metrics-port', values, { least: 0, most: 65_535 }),
    healthPort: parseInteger('health-port', values, { least: 0, most: 65_535 }),
    debugPort:
      values['debug-port'] === undefined ? undefined : parseInteger('debug-port', values, { least: 0, most: 65_535 }),
    instance: environment['POD_NAME'] ?? hostname(),
  };
}

/** Reads only which cluster to use; throws a ConfigurationError. */
export function parseConnectionConfiguration(
  args: readonly string[],
  environment: Environment,
): Pick<Configuration, 'kubeconfig' | 'context'> {
  return parseConnection(readValues(args, environment));
}

function parseConnection(values: Values): Pick<Configuration, 'kubeconfig' | 'context'> {
  return { kubeconfig: values.kubeconfig, context: values.context };
}

function readValues(args: readonly string[], environment: Environment): Values {
  const flags = parseFlags(args);
  // SAFETY: Object.keys of a literal gives its keys.
  const names = Object.keys(FLAGS) as Flag[];
  const entries = names.map((name) => {
    // KUBECONFIG itself may name several files, which the library merges.
    const variable = name === 'kubeconfig' ? undefined : environment[variableOf(name)];
    return [name, flags[name] ?? (variable === '' ? undefined : variable) ?? FLAGS[name].default] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function parseFlags(args: readonly string[]): Values {
  const options = Object.fromEntries(Object.keys(FLAGS).map((name) => [name, { type: 'string' as const }]));
  try {
    // `--leader-elect` alone is what users of other operators type.
    const normalized = args.map((arg) => (arg === '--leader-elect' ? '--leader-elect=true' : arg));
    return parseArgs({ args: normalized, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : String(error));
  }
}

function parseNamespaces(text: string): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = names.find((name) => !NAMESPACE.test(name));
  if (wrong !== undefined) {
    throw new ConfigurationError(`--watch-namespaces (WATCH_NAMESPACES): "${wrong}" is not the name of a namespace`);
  }
  return [...new Set(names)];
}

function parseInteger(name: Flag, values: Values, bounds: { least: number; most: number }): number {
  const text = values[name] ?? '';
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < bounds.least || value > bounds.most) {
    throw new ConfigurationError(
      `--${name} (${variableOf(name)}) takes a whole number from ${bounds.least} to ${bounds.most}, not "${text}"`,
    );
  }
  return value;
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((candidate) => candidate === text);
  if (level === undefined) {
    throw new ConfigurationError(`--log-level (LOG_LEVEL) takes one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
  }
  return level;
}

function parseLeaderElection(values: Values, environment: Environment): LeaderElectionConfiguration | undefined {
  const wanted = values['leader-elect'];
  if (wanted === 'false') return undefined;
  if (wanted !== 'true') {
    throw new ConfigurationError(`--leader-elect (LEADER_ELECT) takes true or false, not "${wanted ?? ''}"`);
  }
  const namespace = values['leader-election-namespace'] ?? environment['POD_NAMESPACE'] ?? readPodNamespace();
  if (namespace === undefined) {
    throw new ConfigurationError(
      '--leader-election-namespace (LEADER_ELECTION_NAMESPACE) is missing: outside of a pod the namespace of the lease must be set',
    );
  }
  const leaseName = values['leader-election-lease'] ?? '';
  requireName('leader-election-namespace', namespace, NAMESPACE);
  requireName('leader-election-lease', leaseName, OBJECT_NAME);
  return { namespace, leaseName };
}

function requireName(flag: Flag, name: string, form: RegExp): void {
  if (form.test(name)) return;
  throw new ConfigurationError(
    `--${flag} (${variableOf(flag)}) takes a name as Kubernetes' objects have, not "${name}"`,
  );
}

function readPodNamespace(): string | undefined {
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8').trim();
  } catch {
    // Not in a pod.
    return undefined;
  }
}

function variableOf(flag: Flag): string {
  return flag.toUpperCase().replaceAll('-', '_');
}
