import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { loadAll } from 'js-yaml';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';
import type { Address, Cluster, LiveObject, Manifest } from './cluster.ts';
import type { TestServer } from './test-server.ts';

const CHART = join(import.meta.dirname, '..', '..', 'helm');

/** The service account and its RBAC objects, in the order of creation. */
const RBAC_KINDS = ['ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'] as const;

/** A policy rule of a role (rbac.authorization.k8s.io/v1). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The operator's service account, as the chart creates it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  /** One ClusterRole, or one Role for each watched namespace. */
  readonly roles: readonly Address[];
  readonly rules: readonly Rule[];
}

/** Creates the operator's service account with exactly the chart's permissions; `values` as for `helm --set`. */
export async function createServiceAccount(
  cluster: Cluster,
  namespace: string,
  values: readonly string[] = [],
): Promise<Account> {
  const manifests = await renderChart(namespace, ['instance.enabled=false', ...values]);
  const wanted = RBAC_KINDS.flatMap((kind) => manifests.filter((manifest) => manifest.kind === kind));
  for (const manifest of wanted) await cluster.create(manifest);
  const name = wanted.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name ?? '';
  const roles = wanted.filter(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === name);
  return {
    namespace,
    name,
    roles: roles.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
    // SAFETY: every role has rules.
    rules: roles[0]?.['rules'] as readonly Rule[],
  };
}

/** Renders the chart as a release named after the namespace, so that the names of its cluster roles are unique. */
async function renderChart(namespace: string, values: readonly string[]): Promise<readonly Manifest[]> {
  const { helm } = await ensureTools(['helm']);
  const settings = values.flatMap((value) => ['--set', value]);
  const argv = [helm, 'template', namespace, CHART, '--namespace', namespace, '--no-hooks', ...settings];
  // SAFETY: Helm prints manifests, and an empty document for a template that renders to nothing.
  const manifests = loadAll(await runCommand(argv)) as (Manifest | null)[];
  return manifests.filter((manifest) => manifest !== null);
}

/** Requests a token of a service account. Deleting the Secret that it is bound to, if any, invalidates it. */
export async function requestToken(
  cluster: Cluster,
  account: Pick<Account, 'namespace' | 'name'>,
  boundTo?: LiveObject,
): Promise<string> {
  const { namespace, name } = account;
  const secret = boundTo?.metadata;
  const { status } = await cluster.client.send<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: 3600,
        ...(secret === undefined
          ? {}
          : { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: secret.name, uid: secret.uid } }),
      },
    },
  });
  return status.token;
}

/** A kubeconfig that authenticates to the API server as a user. */
export function kubeConfigOf({ apiServer }: TestServer, user: Omit<User, 'name'>): KubeConfig {
  const config = new KubeConfig();
  const cluster = apiServer.kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Error('the API server has a configuration of one cluster');
  config.loadFromClusterAndUser(cluster, { name: 'operator', ...user });
  return config;
}
