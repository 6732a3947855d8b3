import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { clientEnvironment } from '../local-cluster/addons/client-environment.ts';
import { type ControlPlane, startControlPlane } from '../local-cluster/control-plane.ts';
import { CommandFailedError, runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

/** How long a test may take that installs the chart. */
export const HELM_MS = 60_000;
/** How long the API server may take to start. */
export const START_TIMEOUT_MS = 120_000;
/** The name of our CustomResourceDefinition. */
export const DEFINITION = 'temperatureconverters.temperature-converter.io';
/** The namespace in which Helm and kubectl work: it takes restricted pods only. */
export const NAMESPACE = 'restricted';

const DEFINITION_FILE = join(CHART_DIRECTORY, 'crds', 'temperatureconverters.yaml');

/** Our CustomResourceDefinition, as far as tests change it. */
interface Definition {
  readonly spec: { readonly versions: readonly { readonly additionalPrinterColumns: unknown[] }[] };
}

/** Both versions of Helm that people use, and the name by which a BareCluster runs each. */
export const HELMS = [
  ['Helm 4', 'helm'],
  ['Helm 3', 'helm3'],
] as const;

/** A real API server without controllers and nodes, and the tools that talk to it. */
export interface BareCluster {
  readonly controlPlane: ControlPlane;
  /** Runs Helm 4 in the namespace and gives its standard output; throws a CommandFailedError. */
  helm(...args: readonly string[]): Promise<string>;
  /** As `helm`, but Helm 3. */
  helm3(...args: readonly string[]): Promise<string>;
  /** Runs kubectl in the namespace and gives its standard output; throws a CommandFailedError. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** As `kubectl`, but gives the warnings of the API server. */
  warningsOf(...args: readonly string[]): Promise<readonly string[]>;
  /** Writes objects to a file for Helm or kubectl, and gives its path. */
  fileOf(...objects: readonly unknown[]): Promise<string>;
  /** Applies our CustomResourceDefinition, or an older one that lacks a column, as Helm does or as somebody else. */
  applyDefinition(age?: 'current' | 'older', fieldManager?: string): Promise<void>;
  /** Waits until that is served. */
  waitForDefinition(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an API server with these flags, and makes the namespace. */
export async function startBareCluster(...apiServerFlags: readonly string[]): Promise<BareCluster> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'chart-test-'));
  const controlPlane = await startControlPlane({ stateDirectory, apiServerFlags });
  const env = clientEnvironment(stateDirectory);
  let files = 0;
  const run = async (
    program: 'helm' | 'helm3' | 'kubectl',
    args: readonly string[],
    onLine?: (line: string) => void,
  ): Promise<string> => {
    const tools = await ensureTools([program]);
    return runCommand([tools[program], '-n', NAMESPACE, ...args], { env, ...(onLine === undefined ? {} : { onLine }) });
  };
  const cluster: BareCluster = {
    controlPlane,
    helm: (...args) => run('helm', args),
    helm3: (...args) => run('helm3', args),
    kubectl: (...args) => run('kubectl', args),
    warningsOf: async (...args) => {
      const lines: string[] = [];
      await run('kubectl', args, (line) => lines.push(line));
      return lines.filter((line) => line.startsWith('Warning'));
    },
    fileOf: async (...objects) => {
      files += 1;
      const path = join(stateDirectory, `${files}.yaml`);
      await writeFile(path, objects.map((object) => dump(object)).join('---\n'));
      return path;
    },
    applyDefinition: async (age = 'current', fieldManager = 'helm') => {
      // SAFETY: our own definition, which has a version and columns.
      const definition = load(await readFile(DEFINITION_FILE, 'utf8')) as Definition;
      if (age === 'older') definition.spec.versions[0]?.additionalPrinterColumns.pop();
      const file = await cluster.fileOf(definition);
      // By force, since what Helm 3 creates is its own in another way than what is applied.
      const asManager = ['--server-side', '--force-conflicts', `--field-manager=${fieldManager}`];
      await cluster.kubectl('apply', ...asManager, '-f', file);
    },
    waitForDefinition: async () => {
      await cluster.kubectl('wait', '--for=condition=Established', `crd/${DEFINITION}`, '--timeout=30s');
    },
    stop: async () => {
      await controlPlane.stop();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
  await makeNamespace(cluster);
  return cluster;
}

async function makeNamespace(cluster: BareCluster): Promise<void> {
  const labels = ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: Object.fromEntries(labels) },
  };
  // Elsewhere a controller makes it.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await cluster.kubectl('apply', '-f', await cluster.fileOf(namespace, account));
}

/** Gives what a command printed that fails. */
export async function failureOf(command: Promise<unknown>): Promise<string> {
  try {
    return `succeeded: ${String(await command)}`;
  } catch (error) {
    if (error instanceof CommandFailedError) return error.output;
    throw error;
  }
}
