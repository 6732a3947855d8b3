import { describe, expect, it } from '@jest/globals';
import type { ObservedContainer, ObservedPod } from './observation.ts';
import { findPodProblem } from './pod-problem.ts';

function pod(name: string, more: Partial<ObservedPod['metadata']> & Pick<ObservedPod, 'status'> = {}): ObservedPod {
  const { status, ...metadata } = more;
  return {
    metadata: { name, namespace: 'blue', uid: name, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    ...(status === undefined ? {} : { status }),
  };
}

function podWith(container: Partial<ObservedContainer>, name = 'web-1'): ObservedPod {
  const whole = { name: 'converter', image: 'converter:1', ready: false, restartCount: 0, ...container };
  return pod(name, { status: { containerStatuses: [whole] } });
}

const waiting = (reason: string): Partial<ObservedContainer> => ({ state: { waiting: { reason } } });
const ended = (exitCode: number, reason?: string): { terminated: { exitCode: number; reason?: string } } => ({
  terminated: { exitCode, ...(reason === undefined ? {} : { reason }) },
});

const NO_IMAGE = {
  reason: 'ImagePullFailed',
  message:
    'Container converter of pod web-1 cannot pull image converter:1. Correct spec.image, spec.imagePullPolicy or spec.pod.imagePullSecrets. See: kubectl describe pod web-1',
};
const crash = (how: string): object => ({
  reason: 'CrashLooping',
  message: `Container converter of pod web-1 keeps crashing (${how}). See: kubectl logs web-1 -c converter --previous`,
});

describe('the problem of a pod', () => {
  it.each([
    'ErrImagePull',
    'ImagePullBackOff',
    'InvalidImageName',
    'ErrImageNeverPull',
    'ImageInspectError',
    'RegistryUnavailable',
  ])('is ImagePullFailed while the container waits for %s, always with the same message', (reason) => {
    expect(findPodProblem([podWith(waiting(reason))])).toEqual(NO_IMAGE);
  });

  it.each([
    'CreateContainerConfigError',
    'CreateContainerError',
    'RunContainerError',
    'PreCreateHookError',
    'PreStartHookError',
    'PostStartHookError',
  ])('is ContainerCannotStart while the container waits for %s', (reason) => {
    expect(findPodProblem([podWith(waiting(reason))])).toEqual({
      reason: 'ContainerCannotStart',
      message: `Container converter of pod web-1 cannot start (${reason}). See: kubectl describe pod web-1`,
    });
  });

  it.each<[string, Partial<ObservedContainer>, string]>([
    ['waits after a crash', { ...waiting('CrashLoopBackOff'), lastState: ended(1, 'Error') }, 'exit code 1'],
    ['runs again after a crash', { restartCount: 1, lastState: ended(1, 'Error') }, 'exit code 1'],
    ['has just crashed once more', { restartCount: 3, state: ended(1, 'Error') }, 'exit code 1'],
    ['completes', { restartCount: 2, lastState: ended(0, 'Completed') }, 'exit code 0'],
    ['was killed for its memory', { restartCount: 2, lastState: ended(137, 'OOMKilled') }, 'OOMKilled, exit code 137'],
    ['terminated without a reason', { restartCount: 2, lastState: ended(2) }, 'exit code 2'],
  ])('is a crash loop when the container %s', (_case, container, how) => {
    expect(findPodProblem([podWith(container)])).toEqual(crash(how));
  });

  it('has the same message between two crashes and after many', () => {
    const messages = [2, 3, 50].flatMap((restartCount) => [
      findPodProblem([podWith({ restartCount, lastState: ended(1, 'Error') })])?.message,
      findPodProblem([podWith({ restartCount, ...waiting('CrashLoopBackOff'), lastState: ended(1, 'Error') })])
        ?.message,
    ]);
    expect(new Set(messages).size).toBe(1);
  });

  it('is Unschedulable, with the message of the scheduler', () => {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes: 1 Insufficient cpu',
    };
    expect(findPodProblem([pod('web-1', { status: { conditions: [condition] } })])).toEqual({
      reason: 'Unschedulable',
      message:
        'Pod web-1 cannot be scheduled (0/1 nodes: 1 Insufficient cpu). Add or free node capacity, or change spec.resources or spec.pod.',
    });
  });

  it.each<[string, ObservedPod]>([
    ['has no status yet', pod('web-1')],
    ['is being created', podWith(waiting('ContainerCreating'))],
    ['runs and is not ready yet', podWith({})],
    ['has terminated once, and may succeed the next time', podWith({ state: ended(1, 'Error') })],
    ['is ready after crashes', podWith({ ready: true, restartCount: 5, lastState: ended(1, 'Error') })],
    [
      'is being deleted',
      { ...podWith(waiting('ErrImagePull')), metadata: pod('x', { deletionTimestamp: 'now' }).metadata },
    ],
    [
      'has been scheduled',
      pod('web-1', { status: { conditions: [{ type: 'PodScheduled', status: 'True', reason: 'Unschedulable' }] } }),
    ],
    [
      'has a scheduling gate',
      pod('web-1', { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } }),
    ],
  ])('is none when it %s', (_case, healthy) => {
    expect(findPodProblem([healthy])).toBeUndefined();
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
