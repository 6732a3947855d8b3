import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { runPlan } from '../../operator/commands/plan.ts';
import type { ConverterPlan } from '../../operator/plan/converter-plan.ts';
import type { Account } from './chart-service-account.ts';
import { kubeConfigOf, requestToken } from './chart-service-account.ts';
import type { TestServer } from './test-server.ts';

/** What a run of `plan` printed, and its exit status. */
export interface PlanRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `plan` as a command does. */
export async function planWith(kubeconfig: string, args: readonly string[]): Promise<PlanRun> {
  const printed = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      printed.out += text;
    },
    err: (text: string) => {
      printed.err += text;
    },
    isTerminal: false,
  };
  const status = await runPlan([...args, '--kubeconfig', kubeconfig], io, new AbortController().signal);
  return { status, ...printed };
}

/** The plans of a run with `-o json`. */
export function plansOf({ out, err }: PlanRun): readonly ConverterPlan[] {
  if (out === '') throw new Error(`plan printed nothing: ${err}`);
  // SAFETY: the format that plan documents.
  const { converters } = JSON.parse(out) as { converters: readonly ConverterPlan[] };
  return converters;
}

/** Creates a user who may only read, with the role `view` of Kubernetes and that of the chart. */
export async function createViewer(server: TestServer, { namespace, roles }: Account): Promise<string> {
  const { cluster } = server;
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'viewer', namespace } });
  // No controller of this server aggregates them into `view`.
  for (const name of ['system:aggregate-to-view', `${roles[0]?.[2]}-view`]) {
    await cluster.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `${namespace}-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'viewer', namespace }],
    });
  }
  const token = await requestToken(cluster, { namespace, name: 'viewer' });
  return writeKubeConfig(server, `${namespace}-viewer`, kubeConfigOf(server, { token }));
}

/** Writes a kubeconfig file and returns its path. */
export async function writeKubeConfig({ directory }: TestServer, name: string, config: KubeConfig): Promise<string> {
  const file = join(directory, `${name}.yaml`);
  await writeFile(file, config.exportConfig());
  return file;
}
