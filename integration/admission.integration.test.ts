import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AdmissionPolicies } from './testing/admission-policies.ts';
import type { Mutation } from './testing/mutation.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const HOUR_MS = 3_600_000;
interface Policy {
  readonly mutation: Mutation;
  readonly message: RegExp;
}

const environment = setUpTestEnvironment();
let policies: AdmissionPolicies;

beforeEach(() => {
  policies = new AdmissionPolicies(environment.cluster, environment.namespace);
});
afterEach(() => policies.remove());

const AMOUNTS = { cpu: '250m', memory: '512Mi', 'ephemeral-storage': '1Gi' };
const AUTOPILOT: Mutation = {
  kind: 'Deployment',
  fields: {
    metadata: { annotations: { 'autopilot.gke.io/resource-adjustment': 'x' } },
    spec: {
      template: { spec: { containers: [{ name: 'converter', resources: { requests: AMOUNTS, limits: AMOUNTS } }] } },
    },
  },
};

async function startOnAutopilot(): Promise<RunningOperator> {
  await policies.mutate(AUTOPILOT);
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
    await policies.mutate(AUTOPILOT);
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
    await policies.remove();
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
        mutation: {
          kind: 'Deployment',
          fields: {
            spec: {
              template: { spec: { containers: [{ name: 'converter', image: 'mirror.example.com/converter:1.0.0' }] } },
            },
          },
        },
        message: /image "registry\.example\.com\/converter:1\.0\.0" became "mirror\.example\.com\/converter:1\.0\.0"/,
      },
    ],
    [
      'caps the replicas',
      {
        mutation: { kind: 'HorizontalPodAutoscaler', fields: { spec: { maxReplicas: 3 } } },
        message: /HorizontalPodAutoscaler web: spec\.maxReplicas 5 became 3/,
      },
    ],
    [
      'rewrites a label',
      {
        mutation: {
          kind: 'Service',
          fields: { metadata: { labels: { 'app.kubernetes.io/part-of': 'platform' } } },
        },
        message:
          /Service web: metadata\.labels\["app\.kubernetes\.io\/part-of"\] "temperature-converter" became "platform"/,
      },
    ],
  ])(
    '%s: is reported, and reverted within an hour after the policy is deleted',
    async (_case, { mutation, message: expected }) => {
      const { cluster, namespace } = environment;
      await policies.mutate(mutation);
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

      await policies.remove();
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
