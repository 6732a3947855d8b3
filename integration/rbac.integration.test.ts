import { describe, expect, it } from '@jest/globals';
import { AdjustableServiceAccount } from './testing/adjustable-service-account.ts';
import type { AuditedRequest } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { type Account, createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator, RunOptions } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const NAME_LABEL = 'app.kubernetes.io/name';
/** The maximum delay between retries. */
const MAX_RETRY_DELAY_MS = 5 * 60_000;

const environment = setUpTestEnvironment();

async function startAs(account: Account, options: RunOptions): Promise<RunningOperator> {
  const { server, cluster } = environment;
  const kubeConfig = kubeConfigOf(server, { token: await requestToken(cluster, account) });
  return environment.startSynced({ kubeConfig, ...options });
}

/** The permission that a request needs, such as `patch apps/deployments`. */
function permissionOf({ verb, objectRef }: AuditedRequest): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {};
  return `${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** Creates and changes a resource and its children so that the operator makes every kind of request. */
async function exerciseEveryPermission(): Promise<void> {
  const { cluster, namespace } = environment;
  await cluster.createConverter(namespace, 'web');
  await environment.applied('web');
  const workload = new Workload(cluster, namespace, 'web');
  for (let round = 0; round < 2; round += 1) {
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
    await workload.reportReplicas(1, 0);
    await environment.condition('web', 'Ready', { status: 'False' });
  }
  for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
    await cluster.patch([kind, namespace, 'web'], { metadata: { labels: { 'app.kubernetes.io/name': 'edited' } } });
  }
  const address = ['TemperatureConverter', namespace, 'web'] as const;
  await cluster.patch(address, { spec: { podDisruptionBudget: { maxUnavailable: 1 } } });
  await eventually(() => cluster.get('PodDisruptionBudget', namespace, 'web'));
  await cluster.patch(address, { spec: { podDisruptionBudget: null } });
  await eventually(async () => expect(await cluster.find('PodDisruptionBudget', namespace, 'web')).toBeUndefined());
  await environment.applied('web');
}

describe('the permissions that the chart grants', () => {
  it('are sufficient and all used', async () => {
    const { cluster, namespace } = environment;
    const account = await createServiceAccount(cluster, namespace, ['operator.leaderElection.enabled=true']);
    const leaderElection = { namespace, leaseName: account.name };
    const operator = await startAs(account, { watchNamespaces: [], leaderElection });
    await exerciseEveryPermission();
    await operator.idle();
    await operator.stop();

    const requests = await operator.requests();
    expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    const used = new Set(requests.map(permissionOf));
    // The API server checks these beside the request's own verb: `create` for an apply that creates, `finalizers` for
    // blockOwnerDeletion, and `delete` for an owner reference that is added to an existing object. The operator lists only
    // where the server cannot stream the initial list.
    const implied =
      /^(?:list .*|(?:create|delete) (?:apps|autoscaling|policy)?\/(?:deployments|services|horizontalpodautoscalers|poddisruptionbudgets)|update temperature-converter\.io\/temperatureconverters\/finalizers)$/;
    const granted = account.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    );
    expect(granted.filter((permission) => !used.has(permission) && !implied.test(permission))).toEqual([]);
    expect(used).toContain('delete policy/poddisruptionbudgets');
  });

  it('are sufficient in several watched namespaces without a cluster role', async () => {
    const { cluster, namespace } = environment;
    const others = [await cluster.createNamespace(), await cluster.createNamespace()];
    const watchNamespaces = [namespace, ...others];
    const account = await createServiceAccount(cluster, namespace, [`watchNamespaces={${watchNamespaces.join(',')}}`]);
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

describe('a permission that is missing in one of several namespaces', () => {
  it('blocks only that namespace, until it is granted', async () => {
    const { cluster, namespace } = environment;
    const other = await cluster.createNamespace();
    const account = await createServiceAccount(cluster, namespace, [`watchNamespaces={${namespace},${other}}`]);
    const role = ['Role', other, account.name] as const;
    const reduced = account.rules.map((rule) =>
      rule.resources.includes('services')
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'list' && verb !== 'watch') }
        : rule,
    );
    await cluster.patch(role, { rules: reduced });
    const kubeConfig = kubeConfigOf(environment.server, { token: await requestToken(cluster, account) });
    const operator = environment.start({ kubeConfig, watchNamespaces: [namespace, other] });
    await cluster.createConverter(namespace, 'web');
    await cluster.createConverter(other, 'web');

    await environment.applied('web');
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

describe('a role of an older chart, without PodDisruptionBudgets', () => {
  it('affects only the budgets, whose error the status has, until the role is upgraded', async () => {
    const { cluster, namespace } = environment;
    const account = await createServiceAccount(cluster, namespace, [`watchNamespaces={${namespace}}`]);
    const role = ['Role', namespace, account.name] as const;
    const older = account.rules.filter(({ resources }) => !resources.includes('poddisruptionbudgets'));
    await cluster.patch(role, { rules: older });
    const operator = await startAs(account, { watchNamespaces: [namespace] });
    await cluster.createConverter(namespace, 'other');
    await environment.applied('other');
    await cluster.createConverter(namespace, 'web', { podDisruptionBudget: { maxUnavailable: 1 } });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Forbidden' });
    expect(message).toMatch(/^PodDisruptionBudget web: .*poddisruptionbudgets/s);
    await cluster.children(namespace, 'web');

    await cluster.patch(role, { rules: account.rules });
    await eventually(async () => {
      operator.clock.advance(30_000);
      await cluster.get('PodDisruptionBudget', namespace, 'web');
    });
    await environment.applied('web');
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { podDisruptionBudget: null } });
    await eventually(async () => expect(await cluster.find('PodDisruptionBudget', namespace, 'web')).toBeUndefined());
  });
});

describe('a permission that is revoked while the operator runs', () => {
  it('to patch a child is reported in the status with the remedy, is retried with backoff, and recovers', async () => {
    const { cluster, namespace } = environment;
    const account = await AdjustableServiceAccount.create(environment.server, namespace);
    const operator = await environment.startSynced({ kubeConfig: account.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await cluster.createConverter(namespace, 'other');
    await environment.allApplied(2);
    await operator.idle();
    await account.revoke('deployments', 'patch');
    const before = await cluster.get('Deployment', namespace, 'web');
    const writesBefore = (await operator.writes()).length;

    const spec = { logLevel: 'debug', service: { port: 81 } };
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Forbidden' });
    expect(message).toMatch(
      /^Deployment web: .*cannot patch resource "deployments".*Grant the operator's service account this permission/s,
    );
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Forbidden' });
    expect(await cluster.get('Deployment', namespace, 'web')).toEqual(before);
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 81 }] });
    // Ten minutes of retries with backoff: after 10, 20, 30, 30 seconds and so on, each minus up to half as jitter.
    for (let seconds = 0; seconds < 600; seconds += 5) {
      await operator.quiet(20);
      operator.clock.advance(5000);
    }
    await cluster.patch(['TemperatureConverter', namespace, 'other'], { spec: { service: { port: 82 } } });
    await environment.applied('other');
    const writes = countByText((await operator.writes(writesBefore)).filter((write) => !write.includes('/other')));
    expect(writes).toEqual({
      'patch deployments/web': expect.any(Number),
      'patch services/web': 1,
      'update temperatureconverters/web/status': 1,
      'create events': 1,
    });
    expect(writes['patch deployments/web']).toBeLessThanOrEqual(45);

    await account.restore();
    await eventually(async () => {
      operator.clock.advance(MAX_RETRY_DELAY_MS);
      expect(JSON.stringify((await cluster.get('Deployment', namespace, 'web')).spec)).toContain('"debug"');
    });
    await environment.applied('web');
    expect(operator.log.messages).not.toContain('info: repaired drift');
  });

  it('to watch a child is reported in log and metrics, affects no other child, and recovers with the missed changes', async () => {
    const { cluster, namespace, server } = environment;
    const account = await AdjustableServiceAccount.create(server, namespace);
    const operator = await environment.startSynced({ kubeConfig: account.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await account.revoke('deployments', 'list', 'watch');
    // An open watch survives the revocation.
    await cluster.patch(['Deployment', namespace, 'web'], { metadata: { labels: { [NAME_LABEL]: 'edited' } } });
    await eventually(async () => expect(await nameLabel('Deployment')).not.toBe('edited'));
    await operator.idle();

    // A restart closes every watch.
    await server.apiServer.stopApiServer();
    await server.apiServer.startApiServer();
    await eventually(() => {
      operator.clock.advance(1000);
      expect(operator.log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'not allowed to watch; retrying',
          fields: expect.objectContaining({ resource: 'deployments', error: expect.objectContaining({ code: 403 }) }),
        }),
      );
    });
    expect(await operator.metric('rest_client_requests_total', { code: '403' })).toBeGreaterThan(0);
    await cluster.patch(['Deployment', namespace, 'web'], { metadata: { labels: { [NAME_LABEL]: 'edited' } } });
    await cluster.patch(['Service', namespace, 'web'], { metadata: { labels: { [NAME_LABEL]: 'edited' } } });
    await eventually(async () => {
      operator.clock.advance(30_000);
      expect(await nameLabel('Service')).not.toBe('edited');
    });

    const requestsBefore = (await operator.requests()).length;
    for (let seconds = 0; seconds < 600; seconds += 5) {
      await operator.quiet(20);
      operator.clock.advance(5000);
    }
    const forbidden = (await operator.requests())
      .slice(requestsBefore)
      .filter(({ responseStatus }) => responseStatus?.code === 403);
    // Before it resumes a watch, the operator reads the resource version of the server.
    expect(new Set(forbidden.map(permissionOf))).toEqual(new Set(['list apps/deployments']));
    // The backoff grows to thirty seconds, minus up to half as jitter.
    expect(forbidden.length).toBeLessThanOrEqual(40);
    // The operator still applies specs, to this child and to the others.
    expect(await nameLabel('Deployment')).toBe('edited');
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { service: { port: 81 } } });
    await cluster.createConverter(namespace, 'other');
    await environment.allApplied(2);
    await cluster.children(namespace, 'other');

    await account.restore();
    await eventually(async () => {
      operator.clock.advance(30_000);
      expect(await nameLabel('Deployment')).not.toBe('edited');
    });
  });
});

async function nameLabel(kind: 'Deployment' | 'Service'): Promise<string | undefined> {
  const { metadata } = await environment.cluster.get(kind, environment.namespace, 'web');
  return metadata.labels?.[NAME_LABEL];
}

function countByText(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
