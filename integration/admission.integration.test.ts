import { afterEach, describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const HOUR_MS = 3_600_000;
const API_VERSION = 'admissionregistration.k8s.io/v1';
const PLURALS = { Deployment: 'deployments', Service: 'services', HorizontalPodAutoscaler: 'horizontalpodautoscalers' };
const GROUPS = { Deployment: 'apps', Service: '', HorizontalPodAutoscaler: 'autoscaling' };

interface Policy {
  readonly kind: keyof typeof PLURALS;
  readonly expression: string;
  readonly isMutated: (spec: string) => boolean;
  readonly message: RegExp;
}

const environment = setUpTestEnvironment();
let policies: string[] = [];

/** Adds a policy that mutates every object of a kind in the test's namespace, as GKE Autopilot and policy engines do. */
async function addPolicy(kind: keyof typeof PLURALS, expression: string): Promise<void> {
  const { cluster, namespace } = environment;
  const name = `${PLURALS[kind]}-${namespace}`;
  await cluster.create({
    apiVersion: API_VERSION,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          {
            apiGroups: [GROUPS[kind]],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: [PLURALS[kind]],
          },
        ],
      },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  const binding = { apiVersion: API_VERSION, kind: 'MutatingAdmissionPolicyBinding' } as const;
  await cluster.create({ ...binding, metadata: { name }, spec: { policyName: name } });
  policies.push(name);
}

async function removePolicies(): Promise<void> {
  for (const name of policies.splice(0)) {
    await environment.cluster.delete('MutatingAdmissionPolicyBinding', undefined, name);
    await environment.cluster.delete('MutatingAdmissionPolicy', undefined, name);
  }
}

afterEach(async () => {
  await removePolicies();
  policies = [];
});

/** Waits until the API server applies a policy to new objects. */
async function waitUntilEffective(
  kind: 'Deployment' | 'Service' | 'HorizontalPodAutoscaler',
  isMutated: (spec: string) => boolean,
): Promise<void> {
  const { cluster, namespace } = environment;
  const labels = { app: 'probe' };
  const container = { name: 'converter', image: 'probe', resources: { requests: { cpu: '1m' } } };
  const specs = {
    Deployment: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
    Service: { ports: [{ port: 80 }] },
    HorizontalPodAutoscaler: {
      maxReplicas: 2,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'probe' },
    },
  };
  await eventually(async () => {
    const probe = `probe-${crypto.randomUUID().slice(0, 8)}`;
    const applied = await cluster.apply([kind, namespace, probe], { spec: specs[kind] });
    await cluster.delete(kind, namespace, probe);
    expect(isMutated(JSON.stringify([applied.spec, applied.metadata]))).toBe(true);
  });
}

const AUTOPILOT = `Object{
  metadata: Object.metadata{annotations: {"autopilot.gke.io/resource-adjustment": "x"}},
  spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
    containers: [Object.spec.template.spec.containers{name: "converter", resources: Object.spec.template.spec.containers.resources{
      requests: {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "1Gi"},
      limits: {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "1Gi"}}}]}}}}`;

async function startOnAutopilot(): Promise<RunningOperator> {
  await addPolicy('Deployment', AUTOPILOT);
  await waitUntilEffective('Deployment', (spec) => spec.includes('512Mi'));
  return environment.startSynced();
}

/** Advances the operator's clock in steps until the resource is Applied. */
async function advanceUntilApplied(operator: RunningOperator, stepMs: number): Promise<void> {
  await eventually(async () => {
    operator.clock.advance(stepMs);
    await operator.idle();
    const { status } = await environment.cluster.converter(environment.namespace, 'web');
    expect(status?.conditions?.find(({ type }) => type === 'Reconciled')).toMatchObject({ reason: 'Applied' });
  });
}

describe('a mutating admission policy that changes the children', () => {
  it('leaves the resource ready, is reported with each changed field, and causes no further write', async () => {
    const { cluster, namespace } = environment;
    const operator = await startOnAutopilot();
    await cluster.createConverter(namespace, 'web');
    const { message } = await environment.condition('web', 'Reconciled', {
      status: 'True',
      reason: 'ChangedByAdmission',
    });
    expect(message).toMatch(/Deployment web: .*resources\.requests\.cpu "\w+" became "250m"/);
    expect(message).toContain('resources.requests.memory');
    expect(message).toContain('resources.limits.memory');
    await operator.idle();
    expect((await operator.writes()).filter((write) => !write.includes('events'))).toEqual([
      'patch deployments/web',
      'patch horizontalpodautoscalers/web',
      'patch services/web',
      'update temperatureconverters/web/status',
    ]);
    const workload = new Workload(cluster, namespace, 'web');
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True', reason: 'Ready' });
    // Each change of the status triggers a reconcile.
    for (const replicas of [2, 3, 4, 5]) {
      await workload.reportReplicas(replicas, replicas);
      operator.clock.advance(10 * 60_000);
      await eventually(async () => {
        expect((await cluster.converter(namespace, 'web')).status).toMatchObject({ replicas });
      });
    }
    await operator.idle();
    expect((await operator.writes()).filter((write) => write.startsWith('patch deployments'))).toHaveLength(1);
  });

  it('is reported, and not the client whose write it changed first', async () => {
    const { cluster, namespace } = environment;
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await addPolicy('Deployment', AUTOPILOT);
    await waitUntilEffective('Deployment', (spec) => spec.includes('512Mi'));
    // As the Deployment controller does after each rollout. The fields that the policy changes become this manager's.
    for (let revision = 1; revision <= 6; revision += 1) {
      const annotations = { 'deployment.kubernetes.io/revision': String(revision) };
      await cluster.patch(['Deployment', namespace, 'web'], { metadata: { annotations } }, 'kube-controller-manager');
      const { message } = await environment.condition('web', 'Reconciled', { reason: 'ChangedByAdmission' });
      expect(message).toContain('resources.requests.cpu');
      expect(message).toContain('resources.limits.memory');
      await operator.idle();
      operator.clock.advance(1000);
    }
    expect(JSON.stringify(operator.log.lines.filter(({ level }) => level !== 'debug'))).not.toContain(
      'kube-controller-manager',
    );
  });

  it('costs one write per changed child after a restart', async () => {
    const { cluster, namespace } = environment;
    const first = await startOnAutopilot();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { reason: 'ChangedByAdmission' });
    await first.idle();
    await first.stop();
    const second = await environment.startSynced();
    await second.idle();
    second.clock.advance(60_000);
    await second.idle();
    expect(await second.writes()).toEqual(['patch deployments/web']);
    await environment.condition('web', 'Reconciled', { status: 'True', reason: 'ChangedByAdmission' });
  });

  it('does not prevent the repair of drift, not even in the fields that it changes', async () => {
    const { cluster, namespace } = environment;
    const operator = await startOnAutopilot();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { reason: 'ChangedByAdmission' });
    await operator.idle();
    await cluster.patch(['Deployment', namespace, 'web'], { spec: { minReadySeconds: 9 } });
    await eventually(async () => {
      expect((await cluster.get('Deployment', namespace, 'web')).spec).not.toMatchObject({ minReadySeconds: 9 });
    });
    await removePolicies();
    await eventually(async () => {
      const container = { name: 'converter', resources: { requests: { cpu: '77m' } } };
      const edit = { spec: { template: { spec: { containers: [container] } } } };
      const edited = await cluster.apply(['Deployment', namespace, 'web'], edit, 'kubectl');
      expect(JSON.stringify(edited.spec)).toContain('77m');
    });
    await eventually(async () => {
      operator.clock.advance(5000);
      const spec = JSON.stringify((await cluster.get('Deployment', namespace, 'web')).spec);
      expect(spec).not.toContain('77m');
      expect(spec).not.toContain('250m');
    });
    await advanceUntilApplied(operator, 5000);
  });

  it.each<[string, Policy]>([
    [
      'rewrites the registry',
      {
        kind: 'Deployment',
        expression:
          'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "converter", image: "mirror.example.com/converter:1.0.0"}]}}}}',
        isMutated: (spec) => spec.includes('mirror.example.com'),
        message: /image "registry\.example\.com\/converter:1\.0\.0" became "mirror\.example\.com\/converter:1\.0\.0"/,
      },
    ],
    [
      'caps the replicas',
      {
        kind: 'HorizontalPodAutoscaler',
        expression: 'Object{spec: Object.spec{maxReplicas: 3}}',
        isMutated: (spec) => spec.includes('"maxReplicas":3'),
        message: /HorizontalPodAutoscaler web: spec\.maxReplicas 5 became 3/,
      },
    ],
    [
      'rewrites a label',
      {
        kind: 'Service',
        expression: 'Object{metadata: Object.metadata{labels: {"app.kubernetes.io/part-of": "platform"}}}',
        isMutated: (spec) => spec.includes('platform'),
        message:
          /Service web: metadata\.labels\["app\.kubernetes\.io\/part-of"\] "temperature-converter" became "platform"/,
      },
    ],
  ])(
    '%s: is reported, and reverted within an hour after the policy is deleted',
    async (_case, { kind, expression, isMutated, message: expected }) => {
      const { cluster, namespace } = environment;
      await addPolicy(kind, expression);
      await waitUntilEffective(kind, isMutated);
      const operator = await environment.startSynced();
      await cluster.createConverter(namespace, 'web');
      const { message } = await environment.condition('web', 'Reconciled', {
        status: 'True',
        reason: 'ChangedByAdmission',
      });
      expect(message).toMatch(expected);
      await operator.idle();
      const { length } = await operator.writes();
      // The policy is still in force, which one retry detects.
      operator.clock.advance(HOUR_MS + 1000);
      await operator.idle();
      expect(await operator.writes()).toHaveLength(length + 1);

      await removePolicies();
      await advanceUntilApplied(operator, HOUR_MS);
    },
  );

  it('is distinguished from another instance of the operator', async () => {
    const { cluster, namespace } = environment;
    const first = await startOnAutopilot();
    await cluster.createConverter(namespace, 'web');
    await environment.condition('web', 'Reconciled', { reason: 'ChangedByAdmission' });
    await first.idle();
    const second = await environment.startSynced({ image: 'other.example.com/converter:1.0.0' });
    for (let seconds = 0; seconds < 30; seconds += 1) {
      for (const operator of [first, second]) {
        operator.clock.advance(1000);
        await operator.quiet(20);
      }
    }
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toMatch(/another instance of this operator, .* keeps changing .*image/);
  });
});
