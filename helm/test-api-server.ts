import { eventually } from '../controller-runtime/testing/eventually.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { clientEnvironment } from '../local-cluster/addons/client-environment.ts';
import { type ApiServer, startApiServer } from '../controller-runtime/testing/api-server.ts';
import { findBinaries } from '../integration/testing/test-server.ts';
import { CommandFailedError, runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { CHART_DIRECTORY } from './render-chart.ts';

/** The timeout of a test that installs the chart, in milliseconds. */
export const HELM_TIMEOUT_MS = 60_000;
/** The timeout for starting the API server, in milliseconds. */
export const START_TIMEOUT_MS = 120_000;
/** The name of the CustomResourceDefinition. */
export const CRD_NAME = 'temperatureconverters.temperature-converter.io';
/** The namespace of Helm and kubectl, which enforces the Pod Security Standard `restricted`. */
export const NAMESPACE = 'restricted';

const CRD_FILE = join(CHART_DIRECTORY, 'crds', 'temperatureconverters.yaml');

/** The part of the CustomResourceDefinition that tests change. */
interface Definition {
  readonly spec: { readonly versions: readonly { readonly additionalPrinterColumns: unknown[] }[] };
}

/** The supported major versions of Helm, each with the method of TestApiServer that runs it. */
export const HELMS = [
  ['Helm 4', 'helm'],
  ['Helm 3', 'helm3'],
] as const;

/** A real API server without controllers and nodes, and the clients that use it. */
export interface TestApiServer {
  readonly apiServer: ApiServer;
  /** Runs Helm 4 in the namespace and returns its standard output; throws a CommandFailedError. */
  helm(...args: readonly string[]): Promise<string>;
  /** As `helm`, but Helm 3. */
  helm3(...args: readonly string[]): Promise<string>;
  /** Runs kubectl in the namespace and returns its standard output; throws a CommandFailedError. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** As `kubectl`, but returns the warnings of the API server. */
  warningsOf(...args: readonly string[]): Promise<readonly string[]>;
  /** Writes objects to a file for Helm or kubectl, and returns its path. */
  fileOf(...objects: readonly unknown[]): Promise<string>;
  /** Applies the CustomResourceDefinition, or an older one that lacks a column, with a field manager; by default with Helm's. */
  applyCrd(age?: 'current' | 'older', fieldManager?: string): Promise<void>;
  /** Waits until the CustomResourceDefinition is established. */
  waitForCrd(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an API server with these flags, and creates the namespace. */
export async function startTestApiServer(...apiServerFlags: readonly string[]): Promise<TestApiServer> {
  const apiServer = await startApiServer({ binaries: await findBinaries(), flags: apiServerFlags });
  const { directory, kubeconfigPath } = apiServer;
  const env = { ...clientEnvironment(directory), KUBECONFIG: kubeconfigPath };
  let files = 0;
  const run = async (
    program: 'helm' | 'helm3' | 'kubectl',
    args: readonly string[],
    onLine?: (line: string) => void,
  ): Promise<string> => {
    const tools = await ensureTools([program]);
    return runCommand([tools[program], '-n', NAMESPACE, ...args], { env, ...(onLine === undefined ? {} : { onLine }) });
  };
  const cluster: TestApiServer = {
    apiServer,
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
      const path = join(directory, `${files}.yaml`);
      await writeFile(path, objects.map((object) => dump(object)).join('---\n'));
      return path;
    },
    applyCrd: async (age = 'current', fieldManager = 'helm') => {
      // SAFETY: the definition of this repository has a version and columns.
      const definition = load(await readFile(CRD_FILE, 'utf8')) as Definition;
      if (age === 'older') definition.spec.versions[0]?.additionalPrinterColumns.pop();
      const file = await cluster.fileOf(definition);
      // Forced, since Helm 3 owns its fields by an update and not by an apply.
      const asManager = ['--server-side', '--force-conflicts', `--field-manager=${fieldManager}`];
      await cluster.kubectl('apply', ...asManager, '-f', file);
    },
    waitForCrd: async () => {
      // Until a new definition has a status, kubectl wait fails at once.
      await eventually(() =>
        cluster.kubectl('wait', '--for=condition=Established', `crd/${CRD_NAME}`, '--timeout=30s'),
      );
    },
    stop: () => apiServer.stop(),
  };
  await createNamespace(cluster);
  return cluster;
}

async function createNamespace(cluster: TestApiServer): Promise<void> {
  const labels = ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: Object.fromEntries(labels) },
  };
  // A cluster with controllers creates it.
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await cluster.kubectl('apply', '-f', await cluster.fileOf(namespace, account));
}

/** The output of a command that fails, or `succeeded: …` of one that does not. */
export async function failureOf(command: Promise<unknown>): Promise<string> {
  try {
    return `succeeded: ${String(await command)}`;
  } catch (error) {
    if (error instanceof CommandFailedError) return error.output;
    throw error;
  }
}
