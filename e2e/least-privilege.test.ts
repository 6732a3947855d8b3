import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditedRequest } from '../controller-runtime/testing/audit-log.ts';
import { permissionOf, requestsOf } from './testing/audit-log.ts';
import { converter, waitForCondition, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import {
  install,
  type Installation,
  OPERATOR_NAME,
  OPERATOR_NAMESPACE,
  OPERATOR_PODS,
} from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const NAMESPACE = 'e2e-least-privilege';
const SERVICE_ACCOUNT = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };

/**
 * Permissions that need no request of their own. The admission plugin OwnerReferencesPermissionEnforcement of the test
 * cluster checks them when a child with blockOwnerDeletion is created, and when one is adopted.
 */
const USED_BY_ADMISSION = [
  'update temperature-converter.io/temperatureconverters/finalizers',
  'delete apps/deployments',
  'delete services',
  'delete autoscaling/horizontalpodautoscalers',
];

describe('the permissions that the chart grants to the operator', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install(NAMESPACE);
  });
  afterAll(async () => {
    await scaleOperator(installation, 1);
    await installation.remove();
  });

  it('are sufficient and all used', async () => {
    const { kubectl, namespace, cluster } = installation;
    // A restart without a lease, so that the audit log includes the creation of the lease and the initial lists.
    await scaleOperator(installation, 0);
    await kubectl('wait', 'pod', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_PODS, '--for=delete', '--timeout=60s');
    await kubectl('delete', 'lease', '--all', '-n', OPERATOR_NAMESPACE);
    const startedAt = new Date();
    await scaleOperator(installation, 1);
    await kubectl.apply(namespace, converter('modest', { podDisruptionBudget: { maxUnavailable: 1 } }));
    await waitUntilReady(installation, 'modest');
    const changed = JSON.stringify({ spec: { service: { port: 83 }, podDisruptionBudget: { maxUnavailable: 2 } } });
    await kubectl('patch', 'tc', 'modest', '-n', namespace, '--type=merge', '-p', changed);
    await waitUntilConverting(installation, 'modest', 83);
    // The second Ready event patches the first one. Without its field, the budget is deleted.
    await kubectl.apply(namespace, converter('modest', { image: 'localhost/no-such-image:1' }));
    await waitForCondition(installation, 'modest', { type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
    await kubectl.apply(namespace, converter('modest'));
    await waitUntilReady(installation, 'modest');

    // A watch enters the audit log when it ends.
    await scaleOperator(installation, 0);
    const granted = await grantedPermissions(installation);
    await eventually(async () => {
      const requests = await requestsOf(cluster.auditLogPath, SERVICE_ACCOUNT, startedAt);
      // Kubernetes rejects what is created in the namespaces of earlier files, which may still be terminating.
      const ours = requests.filter(({ objectRef }) => !isOfEarlierFile(objectRef?.namespace));
      expect(ours.filter(({ responseStatus }) => responseStatus?.code === 403).map(permissionOf)).toEqual([]);
      const used = new Set([...requests.flatMap(permissionsUsedBy), ...USED_BY_ADMISSION]);
      expect(granted.filter((permission) => !used.has(permission))).toEqual([]);
    }, WAIT_TIMEOUT_MS);
  });
});

/** Whether a namespace belongs to another test file. */
function isOfEarlierFile(namespace: string | undefined): boolean {
  return namespace !== undefined && namespace.startsWith('e2e-') && namespace !== NAMESPACE;
}

/**
 * The permissions that a request uses. An apply that creates an object needs `patch` and `create`. A watch that streams
 * the initial list stands for `list` too, which the operator needs on a server that does not stream.
 */
function permissionsUsedBy(request: AuditedRequest): readonly string[] {
  const permission = permissionOf(request);
  if (request.verb === 'watch') return [permission, permission.replace(/^watch/, 'list')];
  const isCreation = request.verb === 'patch' && request.responseStatus?.code === 201;
  return isCreation ? [permission, permission.replace(/^patch/, 'create')] : [permission];
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

/** Every permission of the roles that are bound to the operator's service account, as `verb group/resource`. */
async function grantedPermissions({ kubectl }: Installation): Promise<readonly string[]> {
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
  const bindings = items.filter(({ subjects }) =>
    subjects?.some(
      ({ kind, name, namespace }) =>
        kind === 'ServiceAccount' && name === SERVICE_ACCOUNT.name && namespace === SERVICE_ACCOUNT.namespace,
    ),
  );
  return bindings.map(({ roleRef }) => roleRef.name);
}

function expandRule({ apiGroups, resources, verbs }: Role['rules'][number]): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group === '' ? resource : `${group}/${resource}`}`)),
  );
}
