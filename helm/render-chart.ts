import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1NetworkPolicy,
  V1Pod,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { loadAll } from 'js-yaml';
import { CommandFailedError, runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';

/** The directory of the chart. */
export const CHART_DIRECTORY = import.meta.dirname;

/** An object that the chart renders. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: RenderedMetadata;
}

/** The metadata of a rendered object. */
export interface RenderedMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The kinds of object that the chart renders. */
interface Kinds {
  readonly ClusterRole: V1ClusterRole;
  readonly ClusterRoleBinding: V1ClusterRoleBinding;
  readonly ConfigMap: V1ConfigMap;
  readonly Deployment: V1Deployment;
  readonly Job: V1Job;
  readonly NetworkPolicy: V1NetworkPolicy;
  readonly Pod: V1Pod;
  readonly PodDisruptionBudget: V1PodDisruptionBudget;
  readonly PodMonitor: { readonly spec: unknown };
  readonly PrometheusRule: {
    readonly spec: { readonly groups: readonly { readonly rules: readonly AlertingRule[] }[] };
  };
  readonly Role: V1Role;
  readonly RoleBinding: V1RoleBinding;
  readonly Service: V1Service;
  readonly ServiceAccount: V1ServiceAccount;
  readonly ServiceMonitor: {
    readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
  };
  readonly TemperatureConverter: { readonly spec: unknown };
}

/** An alert of a PrometheusRule. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: unknown;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Values as in values.yaml. */
export type Values = Readonly<Record<string, unknown>>;

/** The release that the chart is rendered for. */
export interface ReleaseOptions {
  readonly release?: string;
  readonly namespace?: string;
  /** `upgrade`, the default: with all hooks, as Helm renders when the definition must be upgraded. `manifests`: as for kubectl. */
  readonly as?: 'upgrade' | 'manifests';
}

/** Runs Helm without a cluster and returns its output; throws a CommandFailedError. */
export async function runHelm(...args: readonly string[]): Promise<string> {
  const { helm } = await ensureTools(['helm']);
  const { KUBECONFIG: _ignored, ...env } = process.env;
  return runCommand([helm, ...args], { cwd: join(CHART_DIRECTORY, '..'), env });
}

/** Kinds that only a cluster reports. */
const KINDS_OF_THE_CLUSTER = [
  'v1/Pod',
  ...['ServiceMonitor', 'PodMonitor', 'PrometheusRule'].map((kind) => `monitoring.coreos.com/v1/${kind}`),
];

/** The condition of the Job that updates the definition, which is true only with a cluster. */
const JOB_CONDITION = '(eq (include "temperature-converter.crdNeedsJob" .) "true")';

/** Renders all objects of a release with these values over the defaults. */
export async function renderChart(
  values: Values = {},
  options: ReleaseOptions = {},
): Promise<readonly RenderedObject[]> {
  const { release = 'temperature-converter', namespace = 'here', as = 'upgrade' } = options;
  const directory = await mkdtemp(join(tmpdir(), 'values-'));
  try {
    const file = join(directory, 'values.json');
    await writeFile(file, JSON.stringify(values));
    const chart = as === 'upgrade' ? await copyWithJob(directory) : CHART_DIRECTORY;
    const args = ['template', release, chart, '--namespace', namespace, '--values', file];
    const kinds = as === 'upgrade' ? KINDS_OF_THE_CLUSTER.flatMap((kind) => ['--api-versions', kind]) : [];
    const output = await runHelm(...args, ...kinds);
    // SAFETY: Helm prints Kubernetes objects; tests compare the fields that they read.
    return (loadAll(output) as (RenderedObject | null)[]).filter((object) => object !== null);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Copies the chart, with the Job that it otherwise renders only with a cluster, and returns the copy's directory. */
async function copyWithJob(directory: string): Promise<string> {
  const copy = join(directory, 'temperature-converter-operator');
  await cp(CHART_DIRECTORY, copy, { recursive: true, filter: (file) => !file.endsWith('.ts') });
  const file = join(copy, 'templates', 'crds', 'upgrade-job.yaml');
  const template = await readFile(file, 'utf8');
  if (!template.includes(JOB_CONDITION)) throw new Error(`${file} has no condition ${JOB_CONDITION}`);
  await writeFile(file, template.replace(JOB_CONDITION, 'true'));
  return copy;
}

/** The error of Helm for invalid values; throws if Helm accepts them. */
export async function refusalOf(values: Values, options: ReleaseOptions = {}): Promise<string> {
  try {
    await renderChart(values, options);
  } catch (error) {
    if (error instanceof CommandFailedError) return error.output;
    throw error;
  }
  throw new Error(`the chart accepts ${JSON.stringify(values)}`);
}

/** The only object of a kind, and of a name if given; throws if there is none or several. */
export function only<Kind extends keyof Kinds>(
  objects: readonly RenderedObject[],
  kind: Kind,
  name?: string,
): Kinds[Kind] & { readonly metadata: RenderedMetadata } {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    const names = objects.map(describeObject).join(', ');
    throw new Error(`expected one ${kind} ${name ?? ''}, found ${found.length} among ${names}`);
  }
  // SAFETY: the object has this kind; the API server validates its fields in another test.
  return first as RenderedObject & Kinds[Kind];
}

/** An object as `Kind name`, or `Kind namespace/name` outside of the release's namespace. */
export function describeObject({ kind, metadata }: RenderedObject): string {
  return `${kind} ${metadata.namespace === undefined || metadata.namespace === 'here' ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
