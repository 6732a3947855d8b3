import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from '../kube/connection.ts';
import type { AuditedRequest } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import { type Account, createAccount, kubeConfigOf, requestToken } from './chart-account.ts';
import { createCertificateFiles } from './client-certificate.ts';
import { eventually } from './eventually.ts';
import type { RunningOperator, RunOptions } from './running-operator.ts';
import { Workload } from './workload.ts';

/** How long the operator uses credentials before it reads them again. */
const CREDENTIALS_LIFETIME_MS = 30_000;
/** Kinds that it watches. */
const WATCHED = 5;

const bench = setUpBench();

async function startAs(account: Account, options: RunOptions): Promise<RunningOperator> {
  const { server, cluster } = bench;
  const kubeConfig = await kubeConfigOf(server, { token: await requestToken(cluster, account) });
  return bench.startSynced({ kubeConfig, ...options });
}

/** A request as a role would allow it, such as `patch apps/deployments`. */
function rightOf({ verb, objectRef }: AuditedRequest): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {};
  return `${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** Does with a resource all that makes the operator do all that it can. */
async function exerciseEverything(): Promise<void> {
  const { cluster, namespace } = bench;
  await cluster.createConverter(namespace, 'web');
  await bench.applied('web');
  const workload = new Workload(cluster, namespace, 'web');
  for (let round = 0; round < 2; round += 1) {
    await workload.reportReplicas(1, 1);
    await bench.condition('web', 'Ready', { status: 'True' });
    await workload.reportReplicas(1, 0);
    await bench.condition('web', 'Ready', { status: 'False' });
  }
  for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
    await cluster.patch([kind, namespace, 'web'], { metadata: { labels: { 'app.kubernetes.io/name': 'edited' } } });
  }
  await bench.applied('web');
}

describe('the rights that the chart gives', () => {
  it('suffice for all that the operator does, and each is used', async () => {
    const { cluster, namespace } = bench;
    const account = await createAccount(cluster, namespace, ['operator.leaderElection.enabled=true']);
    const leaderElection = { namespace, leaseName: account.name };
    const operator = await startAs(account, { watchNamespaces: [], leaderElection });
    await exerciseEverything();
    await operator.idle();
    await operator.stop();

    const requests = await operator.requests();
    expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    const used = new Set(requests.map(rightOf));
    // An apply that makes an object, and an owner that blocks deletion, are looked at beside the request's own verb. Lists
    // are for servers that do not stream what there is, or are too busy to.
    const implied =
      /^(?:list .*|create (?:apps|autoscaling)?\/(?:deployments|services|horizontalpodautoscalers)|update temperature-converter\.io\/temperatureconverters\/finalizers)$/;
    const given = account.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    );
    expect(given.filter((right) => !used.has(right) && !implied.test(right))).toEqual([]);
  });

  it('suffice in each of several namespaces, without any right in the cluster', async () => {
    const { cluster, namespace } = bench;
    const others = [await cluster.createNamespace(), await cluster.createNamespace()];
    const watchNamespaces = [namespace, ...others];
    const account = await createAccount(cluster, namespace, [`watchNamespaces={${watchNamespaces.join(',')}}`]);
    expect(account.roles.map(([kind, where]) => [kind, where])).toEqual(
      watchNamespaces.map((where) => ['Role', where]),
    );
    const operator = await startAs(account, { watchNamespaces });
    for (const watched of watchNamespaces) await cluster.createConverter(watched, 'web');
    const unwatched = await cluster.createNamespace();
    await cluster.createConverter(unwatched, 'web');
    for (const watched of watchNamespaces) await eventually(() => cluster.children(watched, 'web'));
    await operator.idle();
    expect(await operator.writes()).toHaveLength(4 * watchNamespaces.length);
    expect((await operator.requests()).filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    expect(await cluster.find('Deployment', unwatched, 'web')).toBeUndefined();
  });
});

describe('a right that is missing in one of several namespaces', () => {
  it('holds up no other namespace, and nothing more once it is given', async () => {
    const { cluster, namespace } = bench;
    const other = await cluster.createNamespace();
    const account = await createAccount(cluster, namespace, [`watchNamespaces={${namespace},${other}}`]);
    const role = ['Role', other, account.name] as const;
    const lessened = account.rules.map((rule) =>
      rule.resources.includes('services')
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'list' && verb !== 'watch') }
        : rule,
    );
    await cluster.patch(role, { rules: lessened });
    const kubeConfig = await kubeConfigOf(bench.server, { token: await requestToken(cluster, account) });
    const operator = bench.start({ kubeConfig, watchNamespaces: [namespace, other] });
    await cluster.createConverter(namespace, 'web');
    await cluster.createConverter(other, 'web');

    await bench.applied('web');
    await operator.idle();
    expect(operator.hasSynced).toBe(false);
    expect(await operator.writes()).toHaveLength(4);
    expect(await cluster.find('Deployment', other, 'web')).toBeUndefined();

    await cluster.patch(role, { rules: account.rules });
    await eventually(async () => {
      operator.clock.advance(30_000);
      await cluster.children(other, 'web');
    });
    await operator.idle();
    expect(operator.hasSynced).toBe(true);
    expect(await operator.writes()).toHaveLength(8);
  });
});

/** Starts an operator whose token lies in a file, and gives a function that replaces it and makes the old one invalid. */
async function startWithTokenFile(): Promise<{ operator: RunningOperator; replace: () => Promise<void> }> {
  const { cluster, namespace, server } = bench;
  const account = await createAccount(cluster, namespace);
  const tokenFile = join(server.directory, `token-${namespace}`);
  const renew = async (secret: string): Promise<void> => {
    const bound = await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret } });
    await writeFile(tokenFile, await requestToken(cluster, account, bound));
  };
  await renew('first');
  const authProvider = { name: 'tokenFile', config: { tokenFile } };
  const operator = await bench.startSynced({ kubeConfig: await kubeConfigOf(server, { authProvider }) });
  const replace = async (): Promise<void> => {
    await renew('second');
    await cluster.delete('Secret', namespace, 'first');
  };
  return { operator, replace };
}

describe('a token that is replaced', () => {
  it('is read anew by watches that have to be opened again', async () => {
    const { cluster, namespace, server } = bench;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await replace();
    // Open watches stay so with the old token. This ends them, and the server takes no token on trust any more.
    await server.controlPlane.stopApiServer();
    await server.controlPlane.startApiServer();
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 8001 }] });
    });
  });

  it('is read anew when it is refused', async () => {
    const { cluster, namespace } = bench;
    const { operator, replace } = await startWithTokenFile();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await replace();
    let port = 8000;
    // The API server takes a token that it has seen for some seconds more.
    await eventually(async () => {
      port += 1;
      await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port } } });
      expect(await operator.metric('rest_client_requests_total', { code: '401' })).toBeGreaterThan(0);
    });
    await bench.applied('web');
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port }] });
  });
});

describe('a client certificate that is replaced', () => {
  it('is taken up while the operator runs, by writes and by watches', async () => {
    const { cluster, namespace, server } = bench;
    const { roles } = await createAccount(cluster, namespace);
    const [former, present] = [`former-${namespace}`, `present-${namespace}`];
    for (const user of [former, present]) await bindToRole(user, roles);
    const files = await createCertificateFiles(server, former);
    const operator = await bench.startSynced({ kubeConfig: loadKubeConfig(files) });
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await operator.idle();
    const before = await operator.requests();
    expect(new Set(before.map(({ user }) => user.username))).toEqual(new Set([former]));

    await files.replaceBy(present);
    await cluster.delete('ClusterRoleBinding', undefined, former);
    operator.clock.advance(CREDENTIALS_LIFETIME_MS);
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 8001 } } });
    await bench.applied('web');
    const after = (await operator.requests()).slice(before.length);
    expect(after.map(({ user, responseStatus }) => [user.username, responseStatus?.code])).toEqual([
      [present, 200],
      [present, 200],
    ]);

    // Open watches stay so with the former certificate. This ends them.
    await server.controlPlane.stopApiServer();
    await server.controlPlane.startApiServer();
    await cluster.delete('Service', namespace, 'web');
    await eventually(async () => {
      operator.clock.advance(1000);
      await cluster.get('Service', namespace, 'web');
    });
    await operator.idle();
    await operator.stop();
    const all = await operator.requests();
    // A server that has just started refuses some that may, but none that it no longer knows is among them.
    const refused = all.filter(({ responseStatus }) => (responseStatus?.code ?? 0) >= 400);
    expect(refused.filter(({ user }) => user.username !== present)).toEqual([]);
    const watched = all.filter(({ verb, user }) => verb === 'watch' && user.username === present);
    expect(new Set(watched.map(({ objectRef }) => objectRef?.resource)).size).toBe(WATCHED);
  });
});

async function bindToRole(user: string, roles: Account['roles']): Promise<void> {
  const role = roles.find(([kind]) => kind === 'ClusterRole');
  const apiGroup = 'rbac.authorization.k8s.io';
  await bench.cluster.create({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role?.[2] },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });
}
