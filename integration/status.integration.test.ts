import { describe, expect, it } from '@jest/globals';
import type { ObservedContainer } from '../operator/status/observation.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const SERVING = { ready: true, state: {} };
const HOUR_MS = 3_600_000;

/** An event as it is listed (events.k8s.io/v1). */
interface LiveEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly series?: { readonly count: number };
}

const environment = setUpTestEnvironment();

/** Starts an operator and a resource whose children there are. */
async function deploy(): Promise<{ operator: RunningOperator; workload: Workload }> {
  const { cluster, namespace } = environment;
  const operator = await environment.startSynced();
  await cluster.createConverter(namespace, 'web');
  await environment.applied('web');
  return { operator, workload: new Workload(cluster, namespace, 'web') };
}

describe('a resource whose pods serve', () => {
  it('is ready, and says how many there are', async () => {
    const { cluster, namespace } = environment;
    const { workload } = await deploy();
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True', reason: 'Ready' });
    await environment.condition('web', 'Available', { status: 'True', reason: 'Serving' });
    expect((await cluster.converter(namespace, 'web')).status).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  it('is not ready while a new template is rolled out, but available', async () => {
    const { cluster, namespace } = environment;
    const { workload } = await deploy();
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
    await cluster.patch(['TemperatureConverter', namespace, 'web'], { spec: { logLevel: 'debug' } });
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });
    await environment.condition('web', 'Available', { status: 'True' });
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
  });
});

describe('a pod that does not serve', () => {
  const crash = { exitCode: 3, reason: 'Error' };

  const cases: readonly [reason: string, states: readonly Partial<ObservedContainer>[]][] = [
    ['ImagePullFailed', [waiting('ErrImagePull'), waiting('ImagePullBackOff'), waiting('ErrImagePull')]],
    ['ImagePullFailed', [waiting('InvalidImageName')]],
    ['ContainerCannotStart', [waiting('CreateContainerConfigError')]],
    [
      'CrashLooping',
      [
        { restartCount: 1, ...waiting('CrashLoopBackOff'), lastState: { terminated: crash } },
        { restartCount: 2, state: {}, lastState: { terminated: crash } },
        { restartCount: 2, ...waiting('CrashLoopBackOff'), lastState: { terminated: crash } },
      ],
    ],
  ];

  it.each(cases)('is explained by %s, once, and forgotten when it does (%#)', async (reason, states) => {
    const { operator, workload } = await deploy();
    await workload.reportReplicas(1, 0);
    await workload.createPod('web-1');
    const [first, ...later] = states;
    await workload.reportContainer('web-1', first ?? {});
    const { message } = await environment.condition('web', 'Available', { status: 'False', reason });
    expect(message).toContain('web-1');
    await environment.condition('web', 'Ready', { status: 'False', reason });
    await operator.idle();

    const writes = (await operator.writes()).length;
    for (const state of later) {
      await workload.reportContainer('web-1', state);
      await operator.idle();
    }
    expect((await operator.writes()).length).toBe(writes);

    await workload.reportContainer('web-1', SERVING);
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
  });

  it('because no node takes it is explained by Unschedulable, with what the scheduler says', async () => {
    const { workload } = await deploy();
    await workload.reportReplicas(1, 0);
    await workload.createPod('web-1');
    await workload.reportUnschedulable('web-1', '0/3 nodes are available: 3 Insufficient cpu.');
    const { message } = await environment.condition('web', 'Ready', { status: 'False', reason: 'Unschedulable' });
    expect(message).toContain('3 Insufficient cpu');
    await environment.cluster.delete('Pod', environment.namespace, 'web-1');
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });
  });

  it('of another resource is not spoken of', async () => {
    const { cluster, namespace } = environment;
    const { operator, workload } = await deploy();
    await cluster.createConverter(namespace, 'other');
    await environment.applied('other');
    await workload.createPod('web-1');
    await workload.reportContainer('web-1', waiting('ImagePullBackOff'));
    await environment.condition('web', 'Ready', { reason: 'ImagePullFailed' });
    await operator.idle();
    await environment.condition('other', 'Ready', { reason: 'Progressing' });
  });
});

describe('what the controllers of the children report', () => {
  it.each([
    [
      'PodsRefused',
      { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' },
      'exceeded quota: pods',
    ],
    ['RolloutStuck', { type: 'Progressing', status: 'False', message: 'has timed out progressing.' }, 'has timed out'],
  ] as const)('of the Deployment becomes %s', async (reason, condition, words) => {
    const { workload } = await deploy();
    await workload.reportReplicas(0, 0, [condition]);
    const { message } = await environment.condition('web', 'Ready', { status: 'False', reason });
    expect(message).toContain(words);
  });

  it('of a Deployment that was scaled to nothing becomes ScaledToZero, and nobody scales it back', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await deploy();
    await cluster.patch(['Deployment', namespace, 'web'], { spec: { replicas: 0 } });
    await environment.condition('web', 'Ready', { status: 'False', reason: 'ScaledToZero' });
    await operator.idle();
    expect((await cluster.get('Deployment', namespace, 'web')).spec).toMatchObject({ replicas: 0 });
  });

  it.each([
    ['True', 'Active', [{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'm' }]],
    ['False', 'MetricsUnavailable', [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' }]],
    ['False', 'ScalingDisabled', [{ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }]],
    ['False', 'CannotScale', [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: 'm' }]],
  ] as const)('of the autoscaler becomes Autoscaling %s, %s', async (status, reason, conditions) => {
    const { workload } = await deploy();
    await workload.reportAutoscaler(conditions);
    await environment.condition('web', 'Autoscaling', { status, reason });
  });
});

describe('the status', () => {
  it('moves a time of transition only with the status of its condition', async () => {
    const { operator, workload } = await deploy();
    const fresh = await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });

    operator.clock.advance(HOUR_MS);
    await workload.createPod('web-1');
    await workload.reportContainer('web-1', { state: { waiting: { reason: 'ErrImagePull' } } });
    const failing = await environment.condition('web', 'Ready', { status: 'False', reason: 'ImagePullFailed' });
    expect(failing.lastTransitionTime).toBe(fresh.lastTransitionTime);

    await workload.reportContainer('web-1', SERVING);
    await workload.reportReplicas(1, 1);
    const ready = await environment.condition('web', 'Ready', { status: 'True' });
    expect(Date.parse(ready.lastTransitionTime) - Date.parse(fresh.lastTransitionTime)).toBeGreaterThanOrEqual(HOUR_MS);
    const reconciled = await environment.condition('web', 'Reconciled', { status: 'True' });
    expect(reconciled.lastTransitionTime).toBe(fresh.lastTransitionTime);
  });

  it('is put back when somebody else changes it', async () => {
    const { cluster, namespace } = environment;
    await deploy();
    const { status } = await cluster.converter(namespace, 'web');
    await cluster.patchStatus(['TemperatureConverter', namespace, 'web'], { replicas: 9, url: 'http://elsewhere' });
    await eventually(async () => {
      expect((await cluster.converter(namespace, 'web')).status).toEqual(status);
    });
  });
});

describe('events', () => {
  it('tell of what a user would want to know, on the resource', async () => {
    const { cluster, namespace } = environment;
    const { workload } = await deploy();
    await workload.createPod('web-1');
    await workload.reportContainer('web-1', { state: { waiting: { reason: 'ErrImagePull' } } });
    await environment.condition('web', 'Ready', { reason: 'ImagePullFailed' });
    await workload.reportContainer('web-1', SERVING);
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });

    const { metadata } = await cluster.converter(namespace, 'web');
    const regarding = expect.objectContaining({ kind: 'TemperatureConverter', name: 'web', uid: metadata.uid });
    const reportingController = 'temperature-converter.io/operator';
    await eventually(async () => {
      expect((await listEvents()).toSorted((a, b) => a.reason.localeCompare(b.reason))).toEqual([
        expect.objectContaining({ type: 'Warning', reason: 'ImagePullFailed', regarding, reportingController }),
        expect.objectContaining({ type: 'Normal', reason: 'Ready', regarding, reportingController }),
      ]);
    });
  });

  it('that come again are counted in the first', async () => {
    const { operator, workload } = await deploy();
    for (let round = 0; round < 4; round += 1) {
      await workload.reportReplicas(1, 1);
      await environment.condition('web', 'Ready', { status: 'True' });
      await workload.reportReplicas(1, 0);
      await environment.condition('web', 'Ready', { status: 'False' });
      operator.clock.advance(61_000);
    }
    await operator.idle();
    expect(await listEvents()).toEqual([
      expect.objectContaining({ reason: 'Ready', series: expect.objectContaining({ count: 4 }) }),
    ]);
  });

  it('of a resource that flaps cost next to nothing', async () => {
    const { operator, workload } = await deploy();
    for (let round = 0; round < 12; round += 1) {
      await workload.reportReplicas(0, 0, [{ type: 'ReplicaFailure', status: 'True', message: `cause ${round}` }]);
      await environment.condition('web', 'Ready', { reason: 'PodsRefused' });
      await workload.reportReplicas(1, 0);
      await environment.condition('web', 'Ready', { reason: 'Progressing' });
    }
    await operator.idle();
    expect(await listEvents()).toHaveLength(1);
    expect((await operator.writes()).filter((write) => write.endsWith('events')).length).toBeLessThan(5);
  });
});

function waiting(reason: string): Partial<ObservedContainer> {
  return { state: { waiting: { reason, message: `of the kubelet: ${crypto.randomUUID()}` } } };
}

function listEvents(): Promise<readonly LiveEvent[]> {
  return environment.cluster.list<LiveEvent>('Event', environment.namespace);
}
