import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestsOf, permissionOf } from './testing/audit-log.ts';
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

const SERVICE_ACCOUNT = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };
const NAMES = ['first', 'second', 'third'];

describe('an operator that is killed', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-operator-restart');
    for (const name of NAMES) await installation.kubectl.apply(installation.namespace, converter(name));
    for (const name of NAMES) {
      await waitUntilReady(installation, name);
      // The first report of the autoscaler is the last change of the status.
      await waitForCondition(installation, name, { type: 'Autoscaling', status: 'True' }, 120);
    }
  });
  afterAll(() => installation.remove());

  it('writes only its lease after a restart', async () => {
    const since = new Date();
    await killOperator();
    await eventually(async () => expect(await countReconciles()).toBeGreaterThanOrEqual(NAMES.length), WAIT_TIMEOUT_MS);
    const permissions = await permissionsSince(since);
    // The first request. The watches enter the audit log when they end.
    expect(permissions).toContain('get coordination.k8s.io/leases');
    const writes = permissions.filter((permission) => !/^(get|list|watch) /.test(permission));
    expect(writes.filter((permission) => !permission.endsWith('/leases'))).toEqual([]);
  });

  it('reconciles changes from while it was down', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('scale', 'deployment', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE, '--replicas=0');
    await kubectl('wait', 'pod', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_PODS, '--for=delete', '--timeout=60s');
    await kubectl('patch', 'tc', 'first', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":85}}}');
    await kubectl('delete', 'service', 'second', '-n', namespace);
    await kubectl('delete', 'tc', 'third', '-n', namespace);
    await kubectl.apply(namespace, converter('fourth'));
    await kubectl('scale', 'deployment', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE, '--replicas=1');
    await waitUntilConverting(installation, 'first', 85);
    await waitUntilConverting(installation, 'second', 80);
    await waitUntilReady(installation, 'fourth');
  });

  it('reconciles after a restart of the API server', async () => {
    const { cluster, kubectl, namespace } = installation;
    await cluster.restartApiServer();
    await kubectl('patch', 'tc', 'first', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":86}}}');
    await waitUntilConverting(installation, 'first', 86);
  });

  async function killOperator(): Promise<void> {
    const { kubectl } = installation;
    await kubectl('delete', 'pod', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_PODS, '--grace-period=0', '--force');
    await waitForOperator();
  }

  async function waitForOperator(): Promise<void> {
    await installation.kubectl(
      'rollout',
      'status',
      `deployment/${OPERATOR_NAME}`,
      '-n',
      OPERATOR_NAMESPACE,
      '--timeout=90s',
    );
  }

  /** How many resources the running operator has reconciled, from its metrics. */
  async function countReconciles(): Promise<number> {
    const service = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/services/${OPERATOR_NAME}-metrics:metrics/proxy/metrics`;
    const metrics = await installation.kubectl('get', '--raw', service);
    return Number(/^controller_runtime_reconcile_total\{.*result="success".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  }

  async function permissionsSince(since: Date): Promise<readonly string[]> {
    return (await requestsOf(installation.cluster.auditLogPath, SERVICE_ACCOUNT, since)).map(permissionOf);
  }
});
