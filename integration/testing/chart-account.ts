import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { loadAll } from 'js-yaml';
import { readCredentials } from '../../local-cluster/control-plane/api-request.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';
import type { Address, Cluster, LiveObject, Manifest } from './cluster.ts';
import type { TestServer } from './test-server.ts';

const CHART = join(import.meta.dirname, '..', '..', 'helm');

/** The kinds that say what an account may do, in the order in which they are created. */
const ACCESS_KINDS = ['ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'] as const;

/** A rule of a role (rbac.authorization.k8s.io/v1). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The operator's service account, as the chart makes it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  /** Where its roles are: one in the cluster, or one in each watched namespace. */
  readonly roles: readonly Address[];
  readonly rules: readonly Rule[];
}

/** Creates the operator's service account with the very rights that the chart gives it; `values` as for `helm --set`. */
export async function createAccount(
  cluster: Cluster,
  namespace: string,
  values: readonly string[] = [],
): Promise<Account> {
  const manifests = await renderChart(namespace, ['instance.enabled=false', ...values]);
  const wanted = ACCESS_KINDS.flatMap((kind) => manifests.filter((manifest) => manifest.kind === kind));
  for (const manifest of wanted) await cluster.create(manifest);
  const name = wanted.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name ?? '';
  const roles = wanted.filter(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === name);
  return {
    namespace,
    name,
    roles: roles.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
    // SAFETY: what a role has.
    rules: roles[0]?.['rules'] as readonly Rule[],
  };
}

/** Renders the chart for a release of the namespace's name, whose cluster roles no other test's has the names of. */
async function renderChart(namespace: string, values: readonly string[]): Promise<readonly Manifest[]> {
  const { helm } = await ensureTools(['helm']);
  const settings = values.flatMap((value) => ['--set', value]);
  const argv = [helm, 'template', namespace, CHART, '--namespace', namespace, '--no-hooks', ...settings];
  // SAFETY: Helm prints manifests, and nothing for a template that renders to nothing.
  const manifests = loadAll(await runCommand(argv)) as (Manifest | null)[];
  return manifests.filter((manifest) => manifest !== null);
}

/** Asks for a token of an account; it is revoked when the Secret that it is bound to, if any, is deleted. */
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

/** The configuration of a client of the API server that signs in as a user. */
export async function kubeConfigOf({ controlPlane }: TestServer, user: Omit<User, 'name'>): Promise<KubeConfig> {
  const { certificateAuthority, server } = await readCredentials(controlPlane.kubeconfigPath);
  const config = new KubeConfig();
  const cluster = { name: 'test', server, caData: certificateAuthority.toString('base64'), skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name: 'operator', ...user });
  return config;
}
