import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditedRequest, requestsOf, ruleOf } from './testing/audit-log.ts';
import { converter, waitForCondition, waitUntilItConverts, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import {
  install,
  type Installation,
  OPERATOR_NAME,
  OPERATOR_NAMESPACE,
  OPERATOR_PODS,
} from './testing/installation.ts';

const SERVICE_ACCOUNT = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };

/**
 * Rights that are used without a request of their own: the admission plugin OwnerReferencesPermissionEnforcement, which
 * the test cluster runs, asks for this one when a child with blockOwnerDeletion is written.
 */
const USED_BY_ADMISSION = ['update temperature-converter.io/temperatureconverters/finalizers'];

describe('the rights that the chart grants to the operator', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-least-privilege');
  });
  afterAll(async () => {
    await scaleOperator(installation, 1);
    await installation.remove();
  });

  it('are all it needs, and it needs all of them', async () => {
    const { kubectl, namespace, cluster } = installation;
    // Anew, so that the making of the lease and the first lists are seen too.
    await scaleOperator(installation, 0);
    await kubectl('wait', 'pod', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_PODS, '--for=delete', '--timeout=60s');
    await kubectl('delete', 'lease', '--all', '-n', OPERATOR_NAMESPACE);
    const begun = new Date();
    await scaleOperator(installation, 1);
    await kubectl.apply(namespace, converter('modest'));
    await waitUntilReady(installation, 'modest');
    await kubectl('patch', 'tc', 'modest', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":83}}}');
    await waitUntilItConverts(installation, 'modest', 83);
    // Being ready for the second time counts up the event of the first.
    await kubectl.apply(namespace, converter('modest', { image: 'localhost/no-such-image:1' }));
    await waitForCondition(installation, 'modest', { type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
    await kubectl.apply(namespace, converter('modest'));
    await waitUntilReady(installation, 'modest');

    // The audit log tells of a watch when it has ended.
    await scaleOperator(installation, 0);
    const granted = await grantedRules(installation);
    await eventually(async () => {
      const requests = await requestsOf(cluster.auditLogPath, SERVICE_ACCOUNT, begun);
      expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403).map(ruleOf)).toEqual([]);
      const used = new Set([...requests.flatMap(rulesUsedBy), ...USED_BY_ADMISSION]);
      expect(granted.filter((rule) => !used.has(rule))).toEqual([]);
    });
  });
});

/**
 * An apply that made an object was allowed by two rules: it is a patch, and the server asks for `create` as well. A watch
 * that streams what there is needs no `list`, which it falls back to where a server does not stream.
 */
function rulesUsedBy(request: AuditedRequest): readonly string[] {
  const rule = ruleOf(request);
  if (request.verb === 'watch') return [rule, rule.replace(/^watch/, 'list')];
  const isCreation = request.verb === 'patch' && request.responseStatus?.code === 201;
  return isCreation ? [rule, rule.replace(/^patch/, 'create')] : [rule];
}

async function scaleOperator({ kubectl }: Installation, replicas: number): Promise<void> {
  const deployment = `deployment/${OPERATOR_NAME}`;
  await kubectl('scale', deployment, '-n', OPERATOR_NAMESPACE, `--replicas=${replicas}`);
  await kubectl('rollout', 'status', deployment, '-n', OPERATOR_NAMESPACE, '--timeout=90s');
}

interface Role {
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** Every right of the roles that are bound to the operator's service account, as `verb group/resource`. */
async function grantedRules({ kubectl }: Installation): Promise<readonly string[]> {
  const clusterRoles = await rolesBound(kubectl, ['clusterrolebindings']);
  const roles = await rolesBound(kubectl, ['rolebindings', '-n', OPERATOR_NAMESPACE]);
  const objects = await Promise.all([
    ...clusterRoles.map((name) => kubectl.json<Role>('clusterrole', name)),
    ...roles.map((name) => kubectl.json<Role>('role', name, '-n', OPERATOR_NAMESPACE)),
  ]);
  expect(objects.length).toBeGreaterThan(1);
  return objects.flatMap(({ rules }) => rules.flatMap(expandRule));
}

async function rolesBound(kubectl: Installation['kubectl'], query: readonly string[]): Promise<readonly string[]> {
  interface Binding {
    readonly roleRef: { readonly name: string };
    readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  }
  const { items } = await kubectl.json<{ items: readonly Binding[] }>(...query);
  const ours = items.filter(({ subjects }) =>
    subjects?.some(
      ({ kind, name, namespace }) =>
        kind === 'ServiceAccount' && name === SERVICE_ACCOUNT.name && namespace === SERVICE_ACCOUNT.namespace,
    ),
  );
  return ours.map(({ roleRef }) => roleRef.name);
}

function expandRule({ apiGroups, resources, verbs }: Role['rules'][number]): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group === '' ? resource : `${group}/${resource}`}`)),
  );
}
