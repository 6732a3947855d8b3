import { describe, expect, it } from '@jest/globals';
import type { ObservedCondition, ObservedContainer, ObservedPodStatus } from '../operator/status/observation.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { Workload } from './testing/workload.ts';

const RUNNING = { ready: true, state: {} };
const HOUR_MS = 3_600_000;

/** An Event (events.k8s.io/v1). */
interface LiveEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly series?: { readonly count: number };
}

const environment = setUpTestEnvironment();

/** Starts an operator and creates a resource with its children. */
async function deploy(): Promise<{ operator: RunningOperator; workload: Workload }> {
  const { cluster, namespace } = environment;
  const operator = await environment.startSynced();
  await cluster.createConverter(namespace, 'web');
  await environment.applied('web');
  return { operator, workload: new Workload(cluster, namespace, 'web') };
}

describe('a resource with available pods', () => {
  it('is ready and reports its replicas', async () => {
    const { cluster, namespace } = environment;
    const { workload } = await deploy();
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True', reason: 'Ready' });
    await environment.condition('web', 'Available', { status: 'True', reason: 'Serving' });
    expect((await cluster.converter(namespace, 'web')).status).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  it('is available but not ready during a rollout', async () => {
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

describe('a pod that is not ready', () => {
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

  it.each(cases)('is reported as %s with one status update, until it is ready (%#)', async (reason, states) => {
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

    await workload.reportContainer('web-1', RUNNING);
    await workload.reportReplicas(1, 1);
    await environment.condition('web', 'Ready', { status: 'True' });
  });

  it("is reported as Unschedulable with the scheduler's message", async () => {
    const { workload } = await deploy();
    await workload.reportReplicas(1, 0);
    await workload.createPod('web-1');
    await workload.reportUnschedulable('web-1', '0/3 nodes are available: 3 Insufficient cpu.');
    const { message } = await environment.condition('web', 'Ready', { status: 'False', reason: 'Unschedulable' });
    expect(message).toContain('3 Insufficient cpu');
    await environment.cluster.delete('Pod', environment.namespace, 'web-1');
    await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });
  });

  it.each<[string, ObservedPodStatus, string, readonly string[]]>([
    [
      'an injected init container without an image',
      {
        initContainerStatuses: [containerStatus('istio-init', waiting('ErrImageNeverPull'))],
        containerStatuses: [containerStatus('converter', { state: { waiting: { reason: 'PodInitializing' } } })],
      },
      'ImagePullFailed',
      ['Init container istio-init of pod web-1', 'ErrImageNeverPull: kubelet message', 'kubectl describe pod web-1'],
    ],
    [
      'an injected sidecar that crashes',
      {
        containerStatuses: [
          containerStatus('converter', RUNNING),
          containerStatus('proxy', { restartCount: 2, state: {}, lastState: { terminated: crash } }),
        ],
      },
      'CrashLooping',
      ['Container proxy of pod web-1', 'exit code 3', 'kubectl logs web-1 -c proxy --previous'],
    ],
    [
      'a native sidecar that crashes',
      {
        initContainerStatuses: [
          containerStatus('proxy', { restartCount: 2, state: {}, lastState: { terminated: crash } }),
        ],
        containerStatuses: [containerStatus('converter', RUNNING)],
      },
      'CrashLooping',
      ['Init container proxy of pod web-1', 'kubectl logs web-1 -c proxy --previous'],
    ],
    [
      'an eviction',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      'PodFailed',
      ['Pod web-1 failed (Evicted: The node was low on resource: memory)'],
    ],
    [
      'a readiness gate',
      { conditions: [unready('ReadinessGatesNotReady', 'gate "x" is not set')] },
      'Progressing',
      ['Pod web-1 is not ready (Ready is False, ReadinessGatesNotReady: gate "x" is not set)'],
    ],
  ])('is reported with the container and the reason of Kubernetes: %s', async (_case, status, reason, texts) => {
    const { workload } = await deploy();
    await workload.reportReplicas(1, 0);
    await workload.createPod('web-1');
    await workload.reportPod('web-1', status);
    await eventually(async () => {
      const { message } = await environment.condition('web', 'Ready', { status: 'False', reason });
      for (const text of texts) expect(message).toContain(text);
    });
  });

  it('is not reported for another resource', async () => {
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

describe('the status of a child', () => {
  it.each([
    [
      'PodsRefused',
      { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' },
      'exceeded quota: pods',
    ],
    ['RolloutStuck', { type: 'Progressing', status: 'False', message: 'has timed out progressing.' }, 'has timed out'],
  ] as const)('is reported as %s for the Deployment', async (reason, condition, text) => {
    const { workload } = await deploy();
    await workload.reportReplicas(0, 0, [condition]);
    const { message } = await environment.condition('web', 'Ready', { status: 'False', reason });
    expect(message).toContain(text);
  });

  it('is reported as ScaledToZero for a Deployment without replicas, which is not scaled up', async () => {
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
    ['False', 'ScalingInactive', [{ type: 'ScalingActive', status: 'False', reason: 'InvalidSelector' }]],
  ] as const)('is reported as Autoscaling %s with reason %s for the autoscaler', async (status, reason, conditions) => {
    const { workload } = await deploy();
    await workload.reportAutoscaler(conditions);
    await environment.condition('web', 'Autoscaling', { status, reason });
  });
});

describe('two autoscalers of the same pods', () => {
  it('are both named, with one status update for any order in which the autoscaler lists them', async () => {
    const { operator, workload } = await deploy();
    const report = async (list: string): Promise<void> => {
      const message = `pods by selector app=web are controlled by more than one HPA (e.g. [${list}])`;
      await workload.reportAutoscaler([
        { type: 'ScalingActive', status: 'False', reason: 'AmbiguousSelector', message },
      ]);
    };
    const { namespace } = environment;
    await report(`${namespace}/web ${namespace}/keda-hpa-web`);
    const reason = 'AmbiguousSelector';
    const { message } = await environment.condition('web', 'Autoscaling', { status: 'False', reason });
    expect(message).toMatch(/^HorizontalPodAutoscaler keda-hpa-web selects .*kubectl get hpa web keda-hpa-web$/);
    await operator.idle();
    const { length } = await operator.writes();
    await report(`${namespace}/keda-hpa-web ${namespace}/web`);
    await operator.idle();
    expect(await operator.writes()).toHaveLength(length);
  });
});

describe('the status of a resource', () => {
  it('changes lastTransitionTime only with the status of the condition', async () => {
    const { operator, workload } = await deploy();
    const fresh = await environment.condition('web', 'Ready', { status: 'False', reason: 'Progressing' });

    operator.clock.advance(HOUR_MS);
    await workload.createPod('web-1');
    await workload.reportContainer('web-1', { state: { waiting: { reason: 'ErrImagePull' } } });
    const failing = await environment.condition('web', 'Ready', { status: 'False', reason: 'ImagePullFailed' });
    expect(failing.lastTransitionTime).toBe(fresh.lastTransitionTime);

    await workload.reportContainer('web-1', RUNNING);
    await workload.reportReplicas(1, 1);
    const ready = await environment.condition('web', 'Ready', { status: 'True' });
    expect(Date.parse(ready.lastTransitionTime) - Date.parse(fresh.lastTransitionTime)).toBeGreaterThanOrEqual(HOUR_MS);
    const reconciled = await environment.condition('web', 'Reconciled', { status: 'True' });
    expect(reconciled.lastTransitionTime).toBe(fresh.lastTransitionTime);
  });

  it('is restored when another client changes it', async () => {
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
  it('are recorded for the resource when its conditions change', async () => {
    const { cluster, namespace } = environment;
    const { workload } = await deploy();
    await workload.createPod('web-1');
    await workload.reportContainer('web-1', { state: { waiting: { reason: 'ErrImagePull' } } });
    await environment.condition('web', 'Ready', { reason: 'ImagePullFailed' });
    await workload.reportContainer('web-1', RUNNING);
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

  it('that repeat are counted in one series', async () => {
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

  it('of a flapping resource are rate-limited', async () => {
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

function containerStatus(name: string, more: Partial<ObservedContainer>): ObservedContainer {
  // SAFETY: the API server requires imageID.
  return { name, image: `${name}:1`, imageID: '', ready: false, restartCount: 0, ...more } as ObservedContainer;
}

function unready(reason: string, message: string): ObservedCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

function waiting(reason: string): Partial<ObservedContainer> {
  return { state: { waiting: { reason, message: `kubelet message ${crypto.randomUUID()}` } } };
}

/** The events of the operator: the API server records some of Services. */
async function listEvents(): Promise<readonly LiveEvent[]> {
  const events = await environment.cluster.list<LiveEvent>('Event', environment.namespace);
  return events.filter(({ reportingController }) => reportingController === 'temperature-converter.io/operator');
}
