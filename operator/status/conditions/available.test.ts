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
      'is true when every wanted replica serves',
      deployment({ availableReplicas: 2 }, 2),
      [],
      { status: 'True', reason: 'Serving', message: 'All desired replicas are available.' },
    ],
    [
      'takes one replica for wanted where the Deployment says nothing',
      deployment({ availableReplicas: 1 }),
      [],
      { status: 'True', reason: 'Serving', message: 'All desired replicas are available.' },
    ],
    [
      'is true when some serve, and says what the others wait for',
      deployment({ availableReplicas: 1 }, 2),
      [BROKEN_POD],
      {
        status: 'True',
        reason: 'Serving',
        message: expect.stringMatching(/^Fewer replicas than desired are available\. Container converter of pod web-1/),
      },
    ],
    [
      'is false, with the way out, when somebody has scaled it to zero',
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
      'is false before anything is known',
      deployment(undefined, 1),
      [],
      { status: 'False', reason: 'Progressing', message: 'Pods are starting.' },
    ],
    [
      'is false for what is wrong with a pod, before all else',
      deployment({ conditions: [REFUSED, STUCK] }, 1),
      [BROKEN_POD],
      { status: 'False', reason: 'ImagePullFailed', message: NO_IMAGE },
    ],
    [
      'is false for what the API server has against pods',
      deployment({ conditions: [STUCK, REFUSED] }, 1),
      [],
      {
        status: 'False',
        reason: 'PodsRefused',
        message:
          'Deployment web cannot create pods: exceeded quota: small. Change the quota or the admission policy, or change spec.resources.',
      },
    ],
    [
      'is false for a rollout that stands still',
      deployment({ conditions: [STUCK] }, 1),
      [],
      {
        status: 'False',
        reason: 'RolloutStuck',
        message:
          'The rollout of Deployment web does not progress: ReplicaSet "web-1" has timed out progressing. See: kubectl describe deployment web',
      },
    ],
    [
      'does not mind a refusal that is over',
      deployment({ conditions: [{ ...REFUSED, status: 'False' }] }, 1),
      [],
      { status: 'False', reason: 'Progressing', message: 'Pods are starting.' },
    ],
  ])('%s', (_case, observed, pods, verdict) => {
    expect(computeAvailable(observed, pods)).toEqual(verdict);
  });
});

describe('a Deployment is rolled out', () => {
  const DONE: Status = { observedGeneration: 4, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

  it.each<[string, Status | undefined, boolean]>([
    ['when all pods are new, and serve', DONE, true],
    ['when all pods are new, and one serves', { ...DONE, availableReplicas: 1 }, true],
    ['when a later generation was observed', { ...DONE, observedGeneration: 5 }, true],
    ['not before its latest spec was looked at', { ...DONE, observedGeneration: 3 }, false],
    ['not while an old pod is there', { ...DONE, replicas: 3 }, false],
    ['not while none serves', { ...DONE, availableReplicas: 0 }, false],
    ['not while nobody says that one serves', { observedGeneration: 4, replicas: 2, updatedReplicas: 2 }, false],
    ['not while nothing is known', undefined, false],
  ])('%s', (_case, status, expected) => {
    expect(isRolledOut(deployment(status))).toBe(expected);
  });
});
