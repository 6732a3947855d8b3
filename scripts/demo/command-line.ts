import { parseArgs } from 'node:util';

/** A command line that the demo does not understand; the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The programs that can build the images. */
export const ENGINES = ['docker', 'podman'] as const;
export type EngineName = (typeof ENGINES)[number];

/** What the user asked for. */
export interface DemoOptions {
  readonly isHelp: boolean;
  /** Whether to remove what an earlier run created. */
  readonly isDelete: boolean;
  /** Whether to use the cluster of a kubeconfig instead of a local one. */
  readonly isOwnCluster: boolean;
  /** The context of the kubeconfig; undefined for the current one. */
  readonly context: string | undefined;
  /** The registry that the cluster pulls from, without a trailing slash. */
  readonly registry: string | undefined;
  /** The platform of the images, such as linux/amd64; undefined for that of the nodes. */
  readonly platform: string | undefined;
  readonly engine: EngineName | undefined;
  /** The network of the commands in the image builds, such as host; undefined for the engine's default. */
  readonly buildNetwork: string | undefined;
  /** Arguments NAME=VALUE of the image builds. */
  readonly buildArguments: readonly string[];
  /** Values KEY=VALUE of the chart. */
  readonly chartValues: readonly string[];
}

export const USAGE = `Usage: make demo [ARGS='FLAGS'], or npm run demo -- [FLAGS]

Builds the images, installs the chart, applies a converter and calls it: on a local cluster, which needs Linux with root, or on
the cluster of your kubeconfig, which needs kubectl, Helm, and Docker or podman.

  --context NAME         use the cluster of this context of the kubeconfig
  --existing-cluster     use the cluster of the current context
  --delete               remove everything that the demo created

For a cluster of your own:

  --registry REGISTRY    push the images to this registry, for instance registry.example.com/team, which the cluster pulls from.
                         Not needed for kind, minikube, k3d, and clusters that share Docker's engine, such as Docker Desktop.
  --platform PLATFORM    linux/amd64 or linux/arm64, for a cluster that adds its nodes when there are pods; by default that of the nodes
  --engine ENGINE        docker or podman; by default the one that runs, docker first
  --build-arg NAME=VALUE an argument of the image builds, for instance RUNTIME_IMAGE; can be repeated
  --build-network NAME   the network of the image builds, for instance host; by default the engine's
  --set KEY=VALUE        a value of the chart, as in helm install; can be repeated
`;

/** The flags that have a meaning only for a cluster of the user. */
const OWN_CLUSTER_FLAGS = ['registry', 'platform', 'engine', 'build-arg', 'build-network', 'set'] as const;

/** Parses the command line; throws UsageError. */
export function parseCommandLine(args: readonly string[]): DemoOptions {
  const flags = parseFlags(args);
  const isOwnCluster = flags['existing-cluster'] === true || flags.context !== undefined;
  checkFlags(flags, isOwnCluster);
  return {
    isHelp: flags.help === true,
    isDelete: flags.delete === true,
    isOwnCluster,
    context: flags.context,
    registry: flags.registry === undefined ? undefined : parseRegistry(flags.registry),
    platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform),
    engine: flags.engine === undefined ? undefined : parseEngine(flags.engine),
    buildNetwork: flags['build-network'],
    buildArguments: (flags['build-arg'] ?? []).map((pair) => parsePair('--build-arg', pair)),
    chartValues: (flags.set ?? []).map((pair) => parsePair('--set', pair)),
  };
}

/** Throws a UsageError for flags that do not go together. */
function checkFlags(flags: ReturnType<typeof parseFlags>, isOwnCluster: boolean): void {
  const stray = OWN_CLUSTER_FLAGS.find((name) => flags[name] !== undefined);
  if (stray !== undefined && !isOwnCluster) {
    throw new UsageError(`--${stray} is for a cluster of your own: add --context NAME or --existing-cluster.`);
  }
  if (flags.platform !== undefined && flags.registry === undefined) {
    throw new UsageError(
      '--platform needs --registry: images are loaded only into nodes that exist, for their platform.',
    );
  }
  if (flags.context === '') throw new UsageError('--context needs the name of a context of the kubeconfig.');
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'existing-cluster': { type: 'boolean' },
        context: { type: 'string' },
        delete: { type: 'boolean' },
        registry: { type: 'string' },
        platform: { type: 'string' },
        engine: { type: 'string' },
        'build-arg': { type: 'string', multiple: true },
        'build-network': { type: 'string' },
        set: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Every error of parseArgs is about the arguments, and names the one.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A registry as image references begin with it: HOST[:PORT][/PATH]. */
function parseRegistry(text: string): string {
  const registry = text.replace(/\/+$/u, '');
  if (/^[a-z]+:\/\//u.test(registry)) {
    throw new UsageError(`--registry ${text}: leave out the scheme, as in registry.example.com/team.`);
  }
  const host = /^(?<host>[A-Za-z0-9.-]+)(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/u.exec(registry)
    ?.groups?.['host'];
  if (host === undefined) {
    throw new UsageError(
      `--registry ${text} is not a registry: use HOST, HOST:PORT or HOST/PATH with a path of lowercase letters and digits.`,
    );
  }
  // Image references without a host are Docker Hub's.
  if (!host.includes('.') && host !== 'localhost' && !/:\d+/u.test(registry)) {
    throw new UsageError(`--registry ${text} has no host: use docker.io/${registry} for Docker Hub.`);
  }
  return registry;
}

function parsePlatform(text: string): string {
  if (!/^linux\/[a-z0-9]+(?:\/v\d+)?$/u.test(text)) {
    throw new UsageError(`--platform ${text} is not a platform: use linux/ARCHITECTURE, for instance linux/amd64.`);
  }
  return text;
}

function parseEngine(text: string): EngineName {
  const engine = ENGINES.find((name) => name === text);
  if (engine === undefined) throw new UsageError(`--engine ${text} is unknown: use ${ENGINES.join(' or ')}.`);
  return engine;
}

function parsePair(flag: string, text: string): string {
  if (!/^[^=\s]+=/u.test(text)) throw new UsageError(`${flag} ${text}: use ${flag} NAME=VALUE.`);
  return text;
}
