import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../../api/example-converter.ts';
import type { ObservedDeployment, ObservedPod } from '../observation.ts';
import { computeReady, type ReadyInput } from './ready.ts';

const ROLLED_OUT: ObservedDeployment = {
  metadata: { name: 'web', namespace: 'blue', uid: 'd1', generation: 4 },
  status: { observedGeneration: 4, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};
const ROLLING_OUT: ObservedDeployment = { ...ROLLED_OUT, status: { ...ROLLED_OUT.status, replicas: 2 } };
const STUCK: ObservedDeployment = {
  ...ROLLING_OUT,
  status: { ...ROLLING_OUT.status, conditions: [{ type: 'Progressing', status: 'False', message: 'It timed out.' }] },
};

const GOOD: ReadyInput = {
  resource: exampleConverter(),
  reconciled: { status: 'True', reason: 'Applied', message: 'All applied.' },
  available: { status: 'True', reason: 'Serving', message: 'All serve.' },
  deployment: ROLLED_OUT,
  pods: [],
};
const NOT_RECONCILED: Partial<ReadyInput> = {
  reconciled: { status: 'False', reason: 'NameConflict', message: 'Taken.' },
};
const NOT_AVAILABLE: Partial<ReadyInput> = {
  available: { status: 'False', reason: 'CrashLooping', message: 'It keeps crashing.' },
};
const ON_LOST_NODE: ObservedPod = {
  metadata: { name: 'web-1', namespace: 'blue', uid: 'p1' },
  spec: { nodeName: 'node-2' },
  status: {
    conditions: [
      { type: 'ContainersReady', status: 'True' },
      { type: 'Ready', status: 'False' },
    ],
  },
};
const PAUSED = exampleConverter({ spec: { paused: true } });
const DELETING = exampleConverter({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: { paused: true } });

describe('Ready', () => {
  it.each<[string, Partial<ReadyInput>, object]>([
    [
      'is true when the converter is available and matches the spec',
      {},
      { status: 'True', reason: 'Ready', message: 'The converter is available and matches the spec.' },
    ],
    [
      'says why fewer replicas than desired are available',
      { deployment: { ...ROLLED_OUT, spec: { replicas: 2, selector: {}, template: {} } }, pods: [ON_LOST_NODE] },
      {
        status: 'True',
        reason: 'Ready',
        message:
          'The converter is available and matches the spec. Fewer replicas than desired are available. Pod web-1 is not ready because its node node-2 is not ready. See: kubectl describe node node-2',
      },
    ],
    [
      'does not mention replicas that are starting',
      { deployment: { ...ROLLED_OUT, spec: { replicas: 2, selector: {}, template: {} } } },
      { status: 'True', reason: 'Ready', message: 'The converter is available and matches the spec.' },
    ],
    [
      'is false when a child is blocked, whatever the state of the pods',
      { ...NOT_RECONCILED, ...NOT_AVAILABLE },
      { status: 'False', reason: 'NameConflict', message: 'Taken.' },
    ],
    [
      'is false when no pod is available',
      NOT_AVAILABLE,
      { status: 'False', reason: 'CrashLooping', message: 'It keeps crashing.' },
    ],
    [
      'is false during a rollout',
      { deployment: ROLLING_OUT },
      {
        status: 'False',
        reason: 'Progressing',
        message: 'A rollout is in progress; the previous version still serves. Pods are starting.',
      },
    ],
    [
      'is false when the rollout does not progress',
      { deployment: STUCK },
      {
        status: 'False',
        reason: 'RolloutStuck',
        message: expect.stringMatching(
          /^A rollout is in progress; the previous version still serves\. .*It timed out\)/,
        ),
      },
    ],
    [
      'is unknown while the resource is paused, whatever its other problems',
      { resource: PAUSED, ...NOT_RECONCILED, ...NOT_AVAILABLE },
      {
        status: 'Unknown',
        reason: 'Paused',
        message: 'Reconciliation is paused. To resume it, set spec.paused to false.',
      },
    ],
    [
      'is false while the resource is being deleted, even if it is paused',
      { resource: DELETING },
      { status: 'False', reason: 'Deleting', message: 'The resource and its children are being deleted.' },
    ],
    [
      'is false without a Deployment',
      { available: { status: 'False', reason: 'NotDeployed', message: 'None.' }, deployment: undefined },
      { status: 'False', reason: 'NotDeployed', message: 'None.' },
    ],
  ])('%s', (_case, input, verdict) => {
    const { quote: _quote, ...computed } = computeReady({ ...GOOD, ...input });
    expect(computed).toEqual(verdict);
  });
});
