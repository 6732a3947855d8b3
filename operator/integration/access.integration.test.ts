import { describe, expect, it } from '@jest/globals';
import type { AuditedRequest } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import { type Account, createAccount, kubeConfigOf, requestToken } from './chart-account.ts';
import { eventually } from './eventually.ts';
import type { RunningOperator, RunOptions } from './running-operator.ts';
import { Workload } from './workload.ts';

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
