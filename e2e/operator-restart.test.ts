import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestsOf, ruleOf } from './testing/audit-log.ts';
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
const NAMES = ['first', 'second', 'third'];

describe('an operator that is killed', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-operator-restart');
    for (const name of NAMES) await installation.kubectl.apply(installation.namespace, converter(name));
    for (const name of NAMES) {
      await waitUntilReady(installation, name);
      // The autoscaler's first look is the last thing that changes a status by itself.
      await waitForCondition(installation, name, { type: 'Autoscaling', status: 'True' }, 120);
    }
  });
  afterAll(() => installation.remove());

  it('writes nothing when it comes back, but its lease', async () => {
    const since = new Date();
    await killOperator();
    await eventually(async () => expect(await reconciles()).toBeGreaterThanOrEqual(NAMES.length));
    const rules = await rulesSince(since);
    // By this it begins. Its watches, which bring the resources too, are in the log when they end.
    expect(rules).toContain('get coordination.k8s.io/leases');
    const writes = rules.filter((rule) => !/^(get|list|watch) /.test(rule));
    expect(writes.filter((rule) => !rule.endsWith('/leases'))).toEqual([]);
  });

  it('does what was asked for while it was away', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('scale', 'deployment', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE, '--replicas=0');
    await kubectl('wait', 'pod', '-n', OPERATOR_NAMESPACE, '-l', OPERATOR_PODS, '--for=delete', '--timeout=60s');
    await kubectl('patch', 'tc', 'first', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":85}}}');
    await kubectl('delete', 'service', 'second', '-n', namespace);
    await kubectl('delete', 'tc', 'third', '-n', namespace);
    await kubectl.apply(namespace, converter('fourth'));
    await kubectl('scale', 'deployment', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE, '--replicas=1');
    await waitUntilItConverts(installation, 'first', 85);
    await waitUntilItConverts(installation, 'second', 80);
    await waitUntilReady(installation, 'fourth');
  });

  it('goes on when the API server is restarted under it', async () => {
    const { cluster, kubectl, namespace } = installation;
    await cluster.restartApiServer();
    await kubectl('patch', 'tc', 'first', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":86}}}');
    await waitUntilItConverts(installation, 'first', 86);
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
  async function reconciles(): Promise<number> {
    const service = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/services/${OPERATOR_NAME}-metrics:metrics/proxy/metrics`;
    const metrics = await installation.kubectl('get', '--raw', service);
    return Number(/^controller_runtime_reconcile_total\{.*result="success".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  }

  async function rulesSince(since: Date): Promise<readonly string[]> {
    return (await requestsOf(installation.cluster.auditLogPath, SERVICE_ACCOUNT, since)).map(ruleOf);
  }
});
