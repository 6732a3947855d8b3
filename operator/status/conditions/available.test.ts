import { describe, expect, it } from '@jest/globals';
import type { ObservedDeployment, ObservedPod } from '../observation.ts';
import { computeAvailable, isRolledOut } from './available.ts';

type Status = NonNullable<ObservedDeployment['status']>;

function deployment(status?: Status, replicas?: number): ObservedDeployment {
  return {
    metadata: { name: 'web', namespace: 'blue', uid: 'd1', generation: 4 },
    spec: { selector: {}, template: {}, ...(replicas === undefined ? {} : { replicas }) },
    ...(status === undefined ? {} : { status }),
  };
}

const BROKEN_POD: ObservedPod = {
  metadata: { name: 'web-1', namespace: 'blue', uid: 'p1' },
  status: {
    containerStatuses: [
      {
        name: 'converter',
        image: 'converter:1',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ErrImagePull' } },
      },
    ],
  },
};
const NO_IMAGE = expect.stringContaining('Container converter of pod web-1 cannot pull image converter:1');

const REFUSED = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: small' };
const UNREADY_POD: ObservedPod = {
  metadata: BROKEN_POD.metadata,
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [proxy]',
      },
    ],
  },
};
const UNAVAILABLE = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
};
const STUCK = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'ReplicaSet "web-1" has timed out progressing.',
};

describe('Available', () => {
  it.each<[string, ObservedDeployment | undefined, readonly ObservedPod[], object]>([
    [
      'is false without a Deployment',
      undefined,
      [],
      {
        status: 'False',
        reason: 'NotDeployed',
        message: 'The Deployment does not exist yet. See the condition Reconciled.',
      },
    ],
    [
      'is true when all desired replicas are available',
      deployment({ availableReplicas: 2 }, 2),
      [],
      { status: 'True', reason: 'Serving', message: 'All desired replicas are available.' },
    ],
    [
      'expects one replica if the Deployment does not set replicas',
      deployment({ availableReplicas: 1 }),
      [],
      { status: 'True', reason: 'Serving', message: 'All desired replicas are available.' },
    ],
    [
      'is true when some replicas are available, and says why the others are not',
      deployment({ availableReplicas: 1 }, 2),
      [BROKEN_POD],
      {
        status: 'True',
        reason: 'Serving',
        message: expect.stringMatching(/^Fewer replicas than desired are available\. Container converter of pod web-1/),
      },
    ],
    [
      'is false, with a command to run, when the Deployment is scaled to 0',
      deployment({}, 0),
      [],
      {
        status: 'False',
        reason: 'ScaledToZero',
        message:
          'Deployment web was scaled to 0 replicas, which also disables the autoscaler. Run: kubectl scale deployment web --replicas=1',
      },
    ],
    [
      'is false while pods start',
      deployment({ conditions: [{ type: 'Progressing', status: 'True' }] }, 1),
      [],
      { status: 'False', reason: 'Progressing', message: 'Pods are starting.' },
    ],
    [
      'is false without a status',
      deployment(undefined, 1),
      [],
      { status: 'False', reason: 'Progressing', message: 'Pods are starting.' },
    ],
    [
      'is false for the problem of a pod, before any other',
      deployment({ conditions: [REFUSED, STUCK] }, 1),
      [BROKEN_POD],
      { status: 'False', reason: 'ImagePullFailed', message: NO_IMAGE },
    ],
    [
      'is false when the Deployment cannot create pods',
      deployment({ conditions: [STUCK, REFUSED] }, 1),
      [],
      {
        status: 'False',
        reason: 'PodsRefused',
        message:
          'Deployment web cannot create pods (FailedCreate: exceeded quota: small). Raise the quota, delete objects that count against it, or change spec.resources.',
      },
    ],
    [
      'is false when the rollout does not progress',
      deployment({ conditions: [STUCK] }, 1),
      [],
      {
        status: 'False',
        reason: 'RolloutStuck',
        message:
          'The rollout of Deployment web does not progress (ProgressDeadlineExceeded: ReplicaSet "web-1" has timed out progressing). See: kubectl describe deployment web',
      },
    ],
    [
      'names the pod that holds up a rollout that does not progress',
      deployment({ conditions: [STUCK] }, 1),
      [UNREADY_POD],
      {
        status: 'False',
        reason: 'RolloutStuck',
        message:
          'The rollout of Deployment web does not progress (ProgressDeadlineExceeded: ReplicaSet "web-1" has timed out progressing). See: kubectl describe deployment web. Pod web-1 is not ready (Ready is False, ContainersNotReady: containers with unready status: [proxy]). See: kubectl describe pod web-1',
      },
    ],
    [
      'is false when the Deployment cannot create its ReplicaSet',
      deployment({ conditions: [{ ...STUCK, reason: 'ReplicaSetCreateError', message: 'quota' }] }, 1),
      [],
      {
        status: 'False',
        reason: 'RolloutStuck',
        message:
          'The rollout of Deployment web does not progress (ReplicaSetCreateError: quota). See: kubectl describe deployment web',
      },
    ],
    [
      'is false when the Deployment is paused',
      deployment({ conditions: [{ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' }] }, 1),
      [],
      {
        status: 'False',
        reason: 'RolloutStuck',
        message: 'Deployment web is paused (DeploymentPaused). Run: kubectl rollout resume deployment web',
      },
    ],
    [
      'is false while a webhook that checks pods cannot be called',
      deployment({ conditions: [{ ...REFUSED, message: 'failed calling webhook "x": refused' }] }, 1),
      [],
      {
        status: 'False',
        reason: 'Progressing',
        message:
          'Deployment web cannot create pods (FailedCreate: failed calling webhook "x": refused). The ReplicaSet keeps retrying. If it lasts, check the program that serves the webhook.',
      },
    ],
    [
      'is false when the Deployment cannot delete pods',
      deployment({ conditions: [{ ...REFUSED, reason: 'FailedDelete', message: 'not allowed' }] }, 1),
      [],
      {
        status: 'False',
        reason: 'PodsRefused',
        message: 'Deployment web cannot delete pods (FailedDelete: not allowed). See: kubectl describe deployment web',
      },
    ],
    [
      'is false and quotes the Deployment while pods start',
      deployment({ conditions: [UNAVAILABLE] }, 1),
      [UNREADY_POD],
      {
        status: 'False',
        reason: 'Progressing',
        message: 'Pods are starting (MinimumReplicasUnavailable: Deployment does not have minimum availability).',
      },
    ],
    [
      'is false and names the pod that is not ready after a completed rollout',
      deployment({ conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }] }, 1),
      [UNREADY_POD],
      {
        status: 'False',
        reason: 'Progressing',
        message:
          'Pod web-1 is not ready (Ready is False, ContainersNotReady: containers with unready status: [proxy]). See: kubectl describe pod web-1',
      },
    ],
    [
      'ignores a ReplicaFailure that is over',
      deployment({ conditions: [{ ...REFUSED, status: 'False' }] }, 1),
      [],
      { status: 'False', reason: 'Progressing', message: 'Pods are starting.' },
    ],
  ])('%s', (_case, observed, pods, verdict) => {
    const { quote: _quote, ...computed } = computeAvailable(observed, pods);
    expect(computed).toEqual(verdict);
  });
});

describe('a Deployment is rolled out', () => {
  const DONE: Status = { observedGeneration: 4, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

  it.each<[string, Status | undefined, boolean]>([
    ['when all pods are new and available', DONE, true],
    ['when all pods are new and one is available', { ...DONE, availableReplicas: 1 }, true],
    ['when a later generation was observed', { ...DONE, observedGeneration: 5 }, true],
    ['not before the latest generation is observed', { ...DONE, observedGeneration: 3 }, false],
    ['not while an old pod exists', { ...DONE, replicas: 3 }, false],
    ['not while none is available', { ...DONE, availableReplicas: 0 }, false],
    ['not while availableReplicas is missing', { observedGeneration: 4, replicas: 2, updatedReplicas: 2 }, false],
    ['not without a status', undefined, false],
  ])('%s', (_case, status, expected) => {
    expect(isRolledOut(deployment(status))).toBe(expected);
  });
});
