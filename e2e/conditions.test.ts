import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestsOf, permissionOf } from './testing/audit-log.ts';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const STUCK = { type: 'Ready', status: 'False', reason: 'RolloutStuck' } as const;
const ACTIVE = { type: 'Autoscaling', status: 'True', reason: 'Active' } as const;

/** A readiness gate that never becomes true. An admission policy adds it to new pods. */
const GATE = 'example.com/never';
const POLICIES = ['mutatingadmissionpolicy', 'mutatingadmissionpolicybinding'] as const;

let installation: Installation;

beforeAll(async () => {
  installation = await install('e2e-conditions');
  // The progress deadline of two minutes passes during the other tests.
  await blockReadiness('stuck');
  await installation.kubectl.apply(installation.namespace, converter('stuck'));
});
afterAll(async () => {
  try {
    await unblockReadiness();
  } finally {
    await installation.remove();
  }
});

describe('a converter that is not ready', () => {
  it('reports a crash loop, and recovers when the spec is corrected', async () => {
    const { kubectl, namespace } = installation;
    // The operator exits with an error when it has no configuration.
    const image = await kubectl(
      'get',
      'deployment',
      OPERATOR_NAME,
      '-n',
      OPERATOR_NAMESPACE,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    );
    await kubectl.apply(namespace, converter('crashing', { image }));
    const { message } = await waitUntilNotReady('crashing', 'CrashLooping');
    expect(message).toContain('exit code 2');
    const advice = /kubectl (logs \S+ -c \S+ --previous)/.exec(message)?.[1] ?? '';
    expect(await kubectl(...advice.split(' '), '-n', namespace)).toContain('CONVERTER_IMAGE');
    await kubectl.apply(namespace, converter('crashing'));
    await waitUntilReady(installation, 'crashing');
  });

  it("reports the scheduler's message for a node selector without a match, and recovers when the spec is corrected", async () => {
    const { kubectl, namespace } = installation;
    const pod = { nodeSelector: { 'example.com/no-such-node': 'x' } };
    await kubectl.apply(namespace, converter('unschedulable', { pod }));
    const { message } = await waitUntilNotReady('unschedulable', 'Unschedulable');
    expect(message).toContain('node affinity/selector');
    await kubectl.apply(namespace, converter('unschedulable'));
    await waitUntilReady(installation, 'unschedulable');
  });

  it('reports an exhausted quota, and recovers when the quota is deleted', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('create', 'quota', 'no-pods', '--hard=pods=0', '-n', namespace);
    await eventually(async () => {
      const path = 'jsonpath={.status.hard.pods}';
      expect(await kubectl('get', 'resourcequota', 'no-pods', '-n', namespace, '-o', path)).toBe('0');
    }, WAIT_TIMEOUT_MS);
    try {
      await kubectl.apply(namespace, converter('refused'));
      const { message } = await waitUntilNotReady('refused', 'PodsRefused');
      expect(message).toContain('exceeded quota: no-pods');
    } finally {
      await kubectl('delete', 'quota', 'no-pods', '-n', namespace);
    }
    await waitUntilReady(installation, 'refused');
  });

  it('stays ready and reports unavailable metrics until metrics-server is back', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('unmeasured'));
    await waitUntilReady(installation, 'unmeasured');
    await waitForCondition(installation, 'unmeasured', ACTIVE, 180);
    const scaleMetricsServer = (replicas: number): Promise<string> =>
      kubectl('scale', 'deployment', 'metrics-server', '-n', 'kube-system', `--replicas=${replicas}`);
    await scaleMetricsServer(0);
    try {
      const unavailable = { type: 'Autoscaling', status: 'False', reason: 'MetricsUnavailable' } as const;
      const { message } = await waitForCondition(installation, 'unmeasured', unavailable, 180);
      expect(message).toContain('metrics-server');
      await waitUntilReady(installation, 'unmeasured');
    } finally {
      await scaleMetricsServer(1);
    }
    await waitForCondition(installation, 'unmeasured', ACTIVE, 180);
  });
});

describe('a deleted namespace with converters', () => {
  const NAMES = ['first', 'second', 'third'];
  /**
   * Kubernetes deletes the pods first, and everything else once they have ended. 13 requests were measured on a busy machine: a
   * status at each change of the pods and children, and creates of deleted children, which are rejected.
   */
  const MAX_REQUESTS_EACH = 20;

  it('is deleted, and the operator makes few requests meanwhile', async () => {
    const installedAt = new Date();
    const terminating = await install('e2e-conditions-terminating');
    const { kubectl, namespace } = terminating;
    for (const name of NAMES) await kubectl.apply(namespace, converter(name));
    for (const name of NAMES) await waitUntilReady(terminating, name);
    expect(await requestsIn(terminating, installedAt)).toContain('201 patch apps/deployments');
    const deletedAt = new Date();
    await kubectl('delete', 'namespace', namespace, '--timeout=120s');
    const requests = await requestsIn(terminating, deletedAt);
    expect(requests.slice(NAMES.length * MAX_REQUESTS_EACH)).toEqual([]);
  });
});

describe('a stuck rollout', () => {
  it('is reported after its progress deadline, and recovers with the next rollout', async () => {
    const { kubectl, namespace } = installation;
    const { message } = await waitForCondition(installation, 'stuck', STUCK, 180);
    expect(message).toContain('kubectl describe deployment stuck');
    expect(message).toMatch(/"stuck-\w+" has timed out progressing/);
    await unblockReadiness();
    // The API server applies a deleted policy for a moment.
    await eventually(async () => expect(await newPodOf('stuck')).not.toContain(GATE), WAIT_TIMEOUT_MS);
    await kubectl('rollout', 'restart', 'deployment/stuck', '-n', namespace);
    await waitUntilReady(installation, 'stuck');
  });
});

/** Waits until a converter is not ready for a reason, and returns the condition. */
function waitUntilNotReady(name: string, reason: string): ReturnType<typeof waitForCondition> {
  return waitForCondition(installation, name, { type: 'Ready', status: 'False', reason });
}

/** Prevents new pods of a converter from becoming ready, although they run and serve. */
async function blockReadiness(name: string): Promise<void> {
  const { kubectl, namespace } = installation;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: namespace };
  await kubectl.apply(namespace, {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata,
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        objectSelector: { matchLabels: { 'app.kubernetes.io/instance': name } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: `[JSONPatch{op: "add", path: "/spec/readinessGates", value: [{"conditionType": "${GATE}"}]}]`,
          },
        },
      ],
    },
  });
  await kubectl.apply(namespace, {
    apiVersion,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: namespace },
  });
  await eventually(async () => expect(await newPodOf(name)).toContain(GATE), WAIT_TIMEOUT_MS);
}

/** A new pod of a converter as admission would change it, in JSON. */
function newPodOf(name: string): Promise<string> {
  const { kubectl, namespace } = installation;
  const labels = `--labels=app.kubernetes.io/instance=${name}`;
  return kubectl('run', 'probe', '--image=x', labels, '-n', namespace, '--dry-run=server', '-o', 'json');
}

/** Lets new pods become ready again. */
async function unblockReadiness(): Promise<void> {
  const { kubectl, namespace } = installation;
  await kubectl('delete', ...POLICIES.map((kind) => `${kind}/${namespace}`), '--ignore-not-found');
}

/** The operator's requests in the namespace after `since`, each with its response code. */
async function requestsIn({ cluster, namespace }: Installation, since: Date): Promise<readonly string[]> {
  const account = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };
  const requests = await requestsOf(cluster.auditLogPath, account, since);
  return requests
    .filter(({ objectRef }) => objectRef?.namespace === namespace)
    .map((request) => `${request.responseStatus?.code} ${permissionOf(request)}`);
}
