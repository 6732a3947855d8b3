import { describe, expect, it } from '@jest/globals';
import { AdjustableServiceAccount } from './testing/adjustable-service-account.ts';
import type { AuditedRequest } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { type Account, createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator, RunOptions } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const NAME_LABEL = 'app.kubernetes.io/name';
/** How long the operator waits at most before it tries again. */
const LONGEST_WAIT_MS = 5 * 60_000;

const environment = setUpTestEnvironment();

async function startAs(account: Account, options: RunOptions): Promise<RunningOperator> {
  const { server, cluster } = environment;
  const kubeConfig = await kubeConfigOf(server, { token: await requestToken(cluster, account) });
  return environment.startSynced({ kubeConfig, ...options });
}

/** A request as a role would allow it, such as `patch apps/deployments`. */
function rightOf({ verb, objectRef }: AuditedRequest): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {};
  return `${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** Does with a resource all that makes the operator do all that it can. */
async function exerciseEverything(): Promise<void> {
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
  await environment.applied('web');
}

describe('the rights that the chart gives', () => {
  it('suffice for all that the operator does, and each is used', async () => {
    const { cluster, namespace } = environment;
    const account = await createServiceAccount(cluster, namespace, ['operator.leaderElection.enabled=true']);
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

describe('a right that is missing in one of several namespaces', () => {
  it('holds up no other namespace, and nothing more once it is given', async () => {
    const { cluster, namespace } = environment;
    const other = await cluster.createNamespace();
    const account = await createServiceAccount(cluster, namespace, [`watchNamespaces={${namespace},${other}}`]);
    const role = ['Role', other, account.name] as const;
    const lessened = account.rules.map((rule) =>
      rule.resources.includes('services')
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'list' && verb !== 'watch') }
        : rule,
    );
    await cluster.patch(role, { rules: lessened });
    const kubeConfig = await kubeConfigOf(environment.server, { token: await requestToken(cluster, account) });
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

describe('a right that is lost while the operator works', () => {
  it('to change a child is told in the status with what to do, costs little, and is made up for', async () => {
    const { cluster, namespace } = environment;
    const account = await AdjustableServiceAccount.create(environment.server, namespace);
    const operator = await environment.startSynced({ kubeConfig: account.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await cluster.createConverter(namespace, 'other');
    await environment.allApplied(2);
    await operator.idle();
    await account.revoke('deployments', 'patch');
    const before = await cluster.get('Deployment', namespace, 'web');
    const begun = (await operator.writes()).length;

    const spec = { logLevel: 'debug', service: { port: 81 } };
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec });
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Forbidden' });
    expect(message).toMatch(
      /^Deployment web: .*cannot patch resource "deployments".*Grant the operator's service account this right/s,
    );
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Forbidden' });
    expect(await cluster.get('Deployment', namespace, 'web')).toEqual(before);
    expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 81 }] });
    // Ten minutes, in which nothing but the next try is due: after 10, 20, 40, 80, 160 and 300 seconds and so on, of which
    // the half may be left out.
    for (let seconds = 0; seconds < 600; seconds += 5) {
      await operator.idle(20);
      operator.clock.advance(5000);
    }
    await cluster.patch(['TemperatureConverter', namespace, 'other'], { spec: { service: { port: 82 } } });
    await environment.applied('other');
    const writes = countEach((await operator.writes(begun)).filter((write) => !write.includes('/other')));
    expect(writes).toEqual({
      'patch deployments/web': expect.any(Number),
      'patch services/web': 1,
      'update temperatureconverters/web/status': 1,
      'create events': 1,
    });
    expect(writes['patch deployments/web']).toBeLessThanOrEqual(9);

    await account.restore();
    await eventually(async () => {
      operator.clock.advance(LONGEST_WAIT_MS);
      expect(JSON.stringify((await cluster.get('Deployment', namespace, 'web')).spec)).toContain('"debug"');
    });
    await environment.applied('web');
    expect(operator.log.messages).not.toContain('info: repaired drift');
  });

  it('to watch a child is told in log and metrics, holds up nothing else, and what was missed is made up for', async () => {
    const { cluster, namespace, server } = environment;
    const account = await AdjustableServiceAccount.create(server, namespace);
    const operator = await environment.startSynced({ kubeConfig: account.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await account.revoke('deployments', 'list', 'watch');
    // The open watch goes on, so that nobody notices yet.
    await cluster.patch(['Deployment', namespace, 'web'], { metadata: { labels: { [NAME_LABEL]: 'edited' } } });
    await eventually(async () => expect(await nameLabel('Deployment')).not.toBe('edited'));
    await operator.idle();

    // This ends it, and every other.
    await server.controlPlane.stopApiServer();
    await server.controlPlane.startApiServer();
    await eventually(() => {
      operator.clock.advance(1000);
      expect(operator.log.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'may not watch; trying again',
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

    const begun = (await operator.requests()).length;
    for (let seconds = 0; seconds < 600; seconds += 5) {
      await operator.idle(20);
      operator.clock.advance(5000);
    }
    const refused = (await operator.requests())
      .slice(begun)
      .filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(new Set(refused.map(rightOf))).toEqual(new Set(['watch apps/deployments']));
    // The pauses grow to thirty seconds, of which the half may be left out.
    expect(refused.length).toBeLessThanOrEqual(40);
    // A spec is applied all the same, to this child and to the others.
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

function countEach(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
