import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestsOf, ruleOf } from './testing/audit-log.ts';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import { install, type Installation, OPERATOR_NAME, OPERATOR_NAMESPACE } from './testing/installation.ts';

const STUCK = { type: 'Ready', status: 'False', reason: 'RolloutStuck' } as const;
const ACTIVE = { type: 'Autoscaling', status: 'True', reason: 'Active' } as const;

/** What keeps pods from getting ready: a readiness gate that nobody opens, which an admission policy gives to new ones. */
const GATE = 'example.com/never';
const POLICIES = ['mutatingadmissionpolicy', 'mutatingadmissionpolicybinding'] as const;

let installation: Installation;

beforeAll(async () => {
  installation = await install('e2e-conditions');
  // Its rollout has two minutes; the last test looks what became of it.
  await keepFromReady('stuck');
  await installation.kubectl.apply(installation.namespace, converter('stuck'));
});
afterAll(async () => {
  try {
    await letGetReady();
  } finally {
    await installation.remove();
  }
});

describe('what keeps a converter from serving', () => {
  it('a program that ends again and again is explained in the status, and mending the spec mends all', async () => {
    const { kubectl, namespace } = installation;
    // The operator without a configuration: it says so and ends.
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
    const advice = /kubectl (logs \S+ --previous)/.exec(message)?.[1] ?? '';
    expect(await kubectl(...advice.split(' '), '-n', namespace)).toContain('CONVERTER_IMAGE');
    await kubectl.apply(namespace, converter('crashing'));
    await waitUntilReady(installation, 'crashing');
  });

  it('a node selector that fits no node is explained in the scheduler’s words, and mending the spec mends all', async () => {
    const { kubectl, namespace } = installation;
    const pod = { nodeSelector: { 'example.com/no-such-node': 'x' } };
    await kubectl.apply(namespace, converter('homeless', { pod }));
    const { message } = await waitUntilNotReady('homeless', 'Unschedulable');
    expect(message).toContain('node affinity/selector');
    await kubectl.apply(namespace, converter('homeless'));
    await waitUntilReady(installation, 'homeless');
  });

  it('a quota that leaves no room for pods is explained in its words, and raising it mends all', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('create', 'quota', 'no-pods', '--hard=pods=0', '-n', namespace);
    await eventually(async () => {
      const path = 'jsonpath={.status.hard.pods}';
      expect(await kubectl('get', 'resourcequota', 'no-pods', '-n', namespace, '-o', path)).toBe('0');
    });
    try {
      await kubectl.apply(namespace, converter('refused'));
      const { message } = await waitUntilNotReady('refused', 'PodsRefused');
      expect(message).toContain('exceeded quota: no-pods');
    } finally {
      await kubectl('delete', 'quota', 'no-pods', '-n', namespace);
    }
    await waitUntilReady(installation, 'refused');
  });

  it('metrics that the autoscaler cannot read are told beside a converter that serves on, until it can read them', async () => {
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

describe('a namespace that is deleted with converters in it', () => {
  const NAMES = ['first', 'second', 'third'];
  /**
   * One try to make a child again (three at the most, where all have gone at once), and a status for what changes of the
   * Deployment, its pods and the autoscaler on their way out: about five. An event is refused, as any new object.
   */
  const REQUESTS_EACH = 10;

  it('goes, and the operator does not fight for it', async () => {
    const begun = new Date();
    const going = await install('e2e-conditions-going');
    for (const name of NAMES) await going.kubectl.apply(going.namespace, converter(name));
    for (const name of NAMES) await waitUntilReady(going, name);
    expect(await requestsIn(going, begun)).toContain('201 patch apps/deployments');
    const deleted = new Date();
    await going.remove();
    const requests = await requestsIn(going, deleted);
    expect(requests.slice(NAMES.length * REQUESTS_EACH)).toEqual([]);
  });
});

describe('a rollout that stands still', () => {
  it('pods that run but never get ready are told once the rollout has had its time, and the next rollout mends all', async () => {
    const { kubectl, namespace } = installation;
    const { message } = await waitForCondition(installation, 'stuck', STUCK, 180);
    expect(message).toContain('kubectl describe deployment stuck');
    expect(message).toMatch(/"stuck-\w+" has timed out progressing/);
    await letGetReady();
    // The API server keeps to a policy for a moment after it has gone.
    await eventually(async () => expect(await newPodOf('stuck')).not.toContain(GATE));
    await kubectl('rollout', 'restart', 'deployment/stuck', '-n', namespace);
    await waitUntilReady(installation, 'stuck');
  });
});

/** Waits until a converter is not ready for that reason, and gives the condition. */
function waitUntilNotReady(name: string, reason: string): ReturnType<typeof waitForCondition> {
  return waitForCondition(installation, name, { type: 'Ready', status: 'False', reason });
}

/** Keeps the pods of a converter that are made from now on from ever getting ready, though they run and serve. */
async function keepFromReady(name: string): Promise<void> {
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
  await eventually(async () => expect(await newPodOf(name)).toContain(GATE));
}

/** What a pod of a converter would be if it were made now, in JSON. */
function newPodOf(name: string): Promise<string> {
  const { kubectl, namespace } = installation;
  const labels = `--labels=app.kubernetes.io/instance=${name}`;
  return kubectl('run', 'probe', '--image=x', labels, '-n', namespace, '--dry-run=server', '-o', 'json');
}

/** Ends that for pods to come. */
async function letGetReady(): Promise<void> {
  const { kubectl, namespace } = installation;
  await kubectl('delete', ...POLICIES.map((kind) => `${kind}/${namespace}`), '--ignore-not-found');
}

/** What the operator asked for in the namespace since then, each with the code of the answer. */
async function requestsIn({ cluster, namespace }: Installation, since: Date): Promise<readonly string[]> {
  const account = { namespace: OPERATOR_NAMESPACE, name: OPERATOR_NAME };
  const requests = await requestsOf(cluster.auditLogPath, account, since);
  return requests
    .filter(({ objectRef }) => objectRef?.namespace === namespace)
    .map((request) => `${request.responseStatus?.code} ${ruleOf(request)}`);
}
