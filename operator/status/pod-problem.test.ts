import { describe, expect, it } from '@jest/globals';
import type { ObservedCondition, ObservedContainer, ObservedPod, ObservedPodStatus } from './observation.ts';
import { findPodDelay, findPodProblem, findUnreadyPod } from './pod-problem.ts';

function pod(name: string, more: Partial<ObservedPod['metadata']> & Pick<ObservedPod, 'status'> = {}): ObservedPod {
  const { status, ...metadata } = more;
  return {
    metadata: { name, namespace: 'blue', uid: name, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    ...(status === undefined ? {} : { status }),
  };
}

const container = (more: Partial<ObservedContainer>): ObservedContainer => ({
  name: 'converter',
  image: 'converter:1',
  ready: false,
  restartCount: 0,
  ...more,
});

function podWith(more: Partial<ObservedContainer>, name = 'web-1'): ObservedPod {
  return pod(name, { status: { containerStatuses: [container(more)] } });
}

const podIn = (status: ObservedPodStatus): ObservedPod => pod('web-1', { status });
const podOf = (...conditions: readonly ObservedCondition[]): ObservedPod => podIn({ conditions });

/** A pod whose condition Ready is False, as on a node that is not ready. */
const onUnreadyNode = (ready: object, containersReady = 'True'): ObservedPod => ({
  ...podOf({ type: 'ContainersReady', status: containersReady }, { type: 'Ready', status: 'False', ...ready }),
  spec: { nodeName: 'node-2' },
});

const waiting = (reason: string, message?: string): Pick<ObservedContainer, 'state'> => ({
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
});
const ended = (exitCode: number, reason?: string, message?: string) => ({
  terminated: {
    exitCode,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  },
});

/** The reason and the message of the problem of a pod, in one line. */
function problemOf(...pods: readonly ObservedPod[]): string | undefined {
  const problem = findPodProblem(pods);
  return problem === undefined ? undefined : `${problem.reason} ${problem.message}`;
}

const IMAGE_ADVICE =
  'Correct spec.image, spec.imagePullPolicy or spec.pod.imagePullSecrets. See: kubectl describe pod web-1';

describe('a container without its image is ImagePullFailed', () => {
  const PULLING = `ImagePullFailed Container converter of pod web-1 cannot pull image converter:1`;

  it.each(['ErrImagePull', 'RegistryUnavailable', 'SignatureValidationFailed'])(
    'with the same message during and between attempts: %s',
    (reason) => {
      const message = `${PULLING} (${reason}, ImagePullBackOff: manifest unknown). ${IMAGE_ADVICE}`;
      expect(problemOf(podWith(waiting(reason, 'manifest unknown')))).toBe(message);
      const backOff = `Back-off pulling image "converter:1": ${reason}: manifest unknown`;
      expect(problemOf(podWith(waiting('ImagePullBackOff', backOff)))).toBe(message);
    },
  );

  it('without a cause between the attempts of a kubelet before 1.32', () => {
    const state = waiting('ImagePullBackOff', 'Back-off pulling image "converter:1"');
    expect(problemOf(podWith(state))).toBe(`${PULLING} (ErrImagePull, ImagePullBackOff). ${IMAGE_ADVICE}`);
  });

  it.each(['InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'])('for %s', (reason) => {
    expect(problemOf(podWith(waiting(reason, 'words of the kubelet')))).toBe(
      `${PULLING} (${reason}: words of the kubelet). ${IMAGE_ADVICE}`,
    );
  });

  it('with other advice if the container is not of the operator', () => {
    const proxy = { name: 'proxy', image: 'proxy:9', ...waiting('ErrImageNeverPull') };
    expect(problemOf(podWith(proxy))).toBe(
      'ImagePullFailed Container proxy of pod web-1 cannot pull image proxy:9 (ErrImageNeverPull). An admission policy or webhook added this container. See: kubectl describe pod web-1',
    );
  });
});

describe('a container that waits for any other reason is ContainerCannotStart', () => {
  it.each([
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
    'PreCreateHookError',
    'PreStartHookError',
    'PostStartHookError',
    'ContainerCannotRun',
    'ReasonOfALaterKubelet',
  ])('with its reason and its words: %s', (reason) => {
    expect(problemOf(podWith(waiting(reason, 'secret "x"\nnot found.')))).toBe(
      `ContainerCannotStart Container converter of pod web-1 cannot start (${reason}: secret "x" not found). See: kubectl describe pod web-1`,
    );
  });
});

const crash = (how: string): string =>
  `CrashLooping Container converter of pod web-1 keeps crashing (${how}). See: kubectl logs web-1 -c converter --previous`;

describe('a container that crashes is CrashLooping', () => {
  it.each<[string, Partial<ObservedContainer>, string]>([
    ['waits after a crash', { ...waiting('CrashLoopBackOff'), lastState: ended(1, 'Error') }, 'exit code 1'],
    ['waits, and nothing says why', waiting('CrashLoopBackOff', 'back-off 40s'), 'CrashLoopBackOff'],
    ['runs again after its second crash', { restartCount: 2, lastState: ended(1, 'Error') }, 'exit code 1'],
    ['has just crashed once more', { restartCount: 3, state: ended(1, 'Error') }, 'exit code 1'],
    ['completes', { restartCount: 2, lastState: ended(0, 'Completed') }, 'exit code 0'],
    ['was killed for its memory', { restartCount: 2, lastState: ended(137, 'OOMKilled') }, 'OOMKilled, exit code 137'],
    [
      'was lost',
      { restartCount: 2, lastState: ended(137, 'ContainerStatusUnknown', 'The container could not be located.') },
      'ContainerStatusUnknown, exit code 137: The container could not be located',
    ],
    [
      'cannot start its process',
      { ...waiting('CrashLoopBackOff'), lastState: ended(128, 'StartError', 'exec: "x": not found') },
      'StartError, exit code 128: exec: "x": not found',
    ],
    ['terminated without a reason', { restartCount: 2, lastState: ended(2) }, 'exit code 2'],
  ])('when it %s', (_case, state, how) => {
    expect(problemOf(podWith(state))).toBe(crash(how));
  });

  it('with the same message between two crashes and after many', () => {
    const messages = [2, 3, 50].flatMap((restartCount) => [
      problemOf(podWith({ restartCount, lastState: ended(1, 'Error') })),
      problemOf(podWith({ restartCount, ...waiting('CrashLoopBackOff'), lastState: ended(1, 'Error') })),
    ]);
    expect(new Set(messages).size).toBe(1);
  });
});

describe('of several containers', () => {
  const crashed = { ...waiting('CrashLoopBackOff'), lastState: ended(1, 'Error') };

  it.each<[string, ObservedPodStatus, string]>([
    [
      'an init container comes before those that wait for it',
      {
        initContainerStatuses: [container({ name: 'istio-init', image: 'init:1', ...waiting('ErrImageNeverPull') })],
        containerStatuses: [container(waiting('PodInitializing'))],
      },
      'ImagePullFailed Init container istio-init of pod web-1 cannot pull image init:1',
    ],
    [
      'an init container that crashes has its own command',
      {
        initContainerStatuses: [
          container({ name: 'first', ready: true, state: ended(0, 'Completed') }),
          container({ name: 'second', ...crashed }),
        ],
        containerStatuses: [container(waiting('PodInitializing'))],
      },
      'CrashLooping Init container second of pod web-1 keeps crashing (exit code 1). An admission policy or webhook added this container. See: kubectl logs web-1 -c second --previous',
    ],
    [
      'a native sidecar that crashes is named',
      {
        initContainerStatuses: [container({ name: 'proxy', ...crashed })],
        containerStatuses: [container({ ready: true, state: {} })],
      },
      'CrashLooping Init container proxy of pod web-1',
    ],
    [
      'a crashing sidecar is named, and not the converter',
      { containerStatuses: [container({ ready: true, state: {} }), container({ name: 'proxy', ...crashed })] },
      'CrashLooping Container proxy of pod web-1',
    ],
    [
      'one that cannot start comes before one that once crashed',
      {
        containerStatuses: [
          container({ restartCount: 4, lastState: ended(1, 'Error') }),
          container({ name: 'proxy', ...waiting('CreateContainerConfigError') }),
        ],
      },
      'ContainerCannotStart Container proxy of pod web-1',
    ],
  ])('%s', (_case, status, start) => {
    expect(problemOf(podIn(status))).toContain(start);
  });
});

describe('a whole pod', () => {
  it.each(['Unschedulable', 'SchedulerError'])('that is not scheduled (%s) is Unschedulable', (reason) => {
    const condition = { type: 'PodScheduled', status: 'False', reason, message: '0/1 nodes: 1 Insufficient cpu.' };
    expect(problemOf(podOf(condition))).toBe(
      `Unschedulable Pod web-1 cannot be scheduled (${reason}: 0/1 nodes: 1 Insufficient cpu). Add or free node capacity, or change spec.resources or spec.pod.`,
    );
  });

  it.each([
    'Evicted',
    'UnexpectedAdmissionError',
    'OutOfcpu',
    'NodeAffinity',
    'Preempting',
    'NodeShutdown',
    'DeadlineExceeded',
  ])('that failed is PodFailed with its reason: %s', (reason) => {
    expect(problemOf(podIn({ phase: 'Failed', reason, message: 'Words of the kubelet.' }))).toBe(
      `PodFailed Pod web-1 failed (${reason}: Words of the kubelet). See: kubectl describe pod web-1`,
    );
  });

  it('on a lost node is PodFailed', () => {
    const status = { phase: 'Running', reason: 'NodeLost', message: 'Node n1 does not respond' };
    expect(problemOf(podIn(status))).toContain('PodFailed Pod web-1 failed (NodeLost: Node n1 does not respond)');
  });

  it('that failed in a disruption is PodFailed with the reason of that', () => {
    const conditions = [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'm' }];
    expect(problemOf(podIn({ phase: 'Failed', conditions }))).toContain('failed (PreemptionByScheduler: m)');
  });

  it('that failed has no problem once a newer pod replaces it', () => {
    const failed = pod('old', { status: { phase: 'Failed', reason: 'Evicted' } });
    const newer = pod('new', { creationTimestamp: '2026-01-01T00:00:09Z', status: { phase: 'Pending' } });
    expect(problemOf(failed, newer)).toBeUndefined();
    expect(problemOf(newer, { ...failed, metadata: { ...failed.metadata, creationTimestamp: '2027' } })).toContain(
      'Evicted',
    );
  });
});

describe('a pod whose node is not ready is NodeNotReady', () => {
  it('with the name of the node', () => {
    expect(problemOf(onUnreadyNode({}))).toBe(
      'NodeNotReady Pod web-1 is not ready because its node node-2 is not ready. See: kubectl describe node node-2',
    );
  });

  it.each<[string, ObservedPod]>([
    ['its containers are not ready either', onUnreadyNode({}, 'False')],
    ['a readiness gate is not met', onUnreadyNode({ reason: 'ReadinessGatesNotReady' })],
    ['it is on no node', { ...onUnreadyNode({}), spec: {} }],
    [
      'it is being deleted',
      { ...onUnreadyNode({}), metadata: { ...onUnreadyNode({}).metadata, deletionTimestamp: 'now' } },
    ],
  ])('but not if %s', (_case, observed) => {
    expect(problemOf(observed)).toBeUndefined();
  });
});

describe('there is no problem', () => {
  it.each<[string, ObservedPod]>([
    ['without a status', pod('web-1')],
    ['while the container is created', podWith(waiting('ContainerCreating'))],
    ['while init containers run', podWith(waiting('PodInitializing'))],
    ['while the container runs and is not ready yet', podWith({})],
    ['when it has terminated once, and may succeed the next time', podWith({ state: ended(1, 'Error') })],
    ['while it runs after one crash', podWith({ restartCount: 1, lastState: ended(1, 'Error') })],
    ['when it is ready after crashes', podWith({ ready: true, restartCount: 5, lastState: ended(1, 'Error') })],
    [
      'while an init container runs again in a new sandbox',
      podIn({ initContainerStatuses: [container({ restartCount: 1, lastState: ended(0, 'Completed') })] }),
    ],
    [
      'while the pod is deleted',
      { ...podWith(waiting('ErrImagePull')), metadata: pod('x', { deletionTimestamp: 'now' }).metadata },
    ],
    ['once the pod is scheduled', podOf({ type: 'PodScheduled', status: 'True', reason: 'Unschedulable' })],
    ['while a gate holds the pod back', podOf({ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' })],
  ])('%s', (_case, healthy) => {
    expect(findPodProblem([healthy])).toBeUndefined();
  });
});

describe('findPodDelay finds what is not part of every start', () => {
  it.each<[string, ObservedPod, string]>([
    [
      'a scheduling gate',
      podOf({ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked.' }),
      'Pod web-1 is not ready (PodScheduled is False, SchedulingGated: Scheduling is blocked). See: kubectl describe pod web-1',
    ],
    [
      'a readiness gate',
      podOf({ type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: 'gate "x" does not exist' }),
      'Pod web-1 is not ready (Ready is False, ReadinessGatesNotReady: gate "x" does not exist). See: kubectl describe pod web-1',
    ],
    [
      'a disruption',
      podOf({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager.' }),
      'Pod web-1 is being replaced (DeletionByTaintManager: Taint manager). See: kubectl describe pod web-1',
    ],
    ...(
      [
        ['has terminated once', { state: ended(128, 'StartError', 'exec failed') }],
        ['runs again', { restartCount: 1, state: {}, lastState: ended(128, 'StartError', 'exec failed') }],
      ] as const
    ).map(([title, state]): [string, ObservedPod, string] => [
      `a container that ${title}, with the same message`,
      podWith(state),
      'Container converter of pod web-1 terminated (StartError, exit code 128: exec failed) and restarts. See: kubectl logs web-1 -c converter --previous',
    ]),
  ])('%s', (_case, delayed, message) => {
    expect(findPodDelay([delayed])?.message).toBe(message);
  });

  it.each([
    ['no condition', pod('web-1')],
    ['containers that start', podOf({ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'm' })],
    ['an init container that completes', podIn({ initContainerStatuses: [container({ state: ended(0) })] })],
  ])('but not %s', (_case, starting) => {
    expect(findPodDelay([starting])).toBeUndefined();
  });
});

const stage = (type: string, status: string, reason?: string, message?: string): ObservedCondition => ({
  type,
  status,
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
});

describe('findUnreadyPod', () => {
  it.each<[ObservedCondition, string]>([
    [stage('PodReadyToStartContainers', 'False'), 'PodReadyToStartContainers is False)'],
    [
      stage('Initialized', 'False', 'ContainersNotInitialized', 'containers with incomplete status: [istio-init]'),
      'Initialized is False, ContainersNotInitialized: containers with incomplete status: [istio-init])',
    ],
    [
      stage('ContainersReady', 'False', 'ContainersNotReady', 'containers with unready status: [proxy]'),
      'ContainersReady is False, ContainersNotReady: containers with unready status: [proxy])',
    ],
  ])('names the first stage that is not reached', (first, words) => {
    const last = stage('Ready', 'False', 'ContainersNotReady', 'm');
    expect(findUnreadyPod([podOf(last, first, stage('PodScheduled', 'True'))])?.message).toContain(
      `Pod web-1 is not ready (${words}. See: kubectl describe pod web-1`,
    );
  });

  it('finds none among pods that are ready', () => {
    expect(findUnreadyPod([podOf(stage('Ready', 'True'))])).toBeUndefined();
  });
});

function failingPod(name: string, creationTimestamp: string): ObservedPod {
  const { metadata, ...rest } = podWith(waiting('ErrImagePull'), name);
  return { ...rest, metadata: { ...metadata, creationTimestamp } };
}

describe('of several pods', () => {
  it.each([
    [
      'the newest one with a problem is reported',
      [
        failingPod('old', '2026-01-01T00:00:00Z'),
        failingPod('new', '2026-01-01T00:00:09Z'),
        pod('newest', { creationTimestamp: '2026-01-01T00:00:10Z' }),
      ],
      'new',
    ],
    [
      'of the same age the first by name is reported, in any order',
      [failingPod('b', '2026-01-01T00:00:00Z'), failingPod('a', '2026-01-01T00:00:00Z')],
      'a',
    ],
  ])('%s', (_case, pods, name) => {
    expect(findPodProblem(pods)?.message).toContain(`pod ${name} `);
    expect(findPodProblem(pods.toReversed())?.message).toContain(`pod ${name} `);
  });

  it('there is no problem if there are no pods', () => {
    expect(findPodProblem([])).toBeUndefined();
  });
});
