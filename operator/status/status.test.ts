import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import type { Condition, TemperatureConverterStatus } from '../api/temperature-converter.ts';
import type { ChildResult } from './child-result.ts';
import type { ObservedDeployment } from './observation.ts';
import { type ComputedStatus, computeStatus, isSameStatus, type StatusInput } from './status.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const APPLIED: readonly ChildResult[] = [
  { type: 'upToDate', kind: 'Deployment' },
  { type: 'upToDate', kind: 'Service' },
  { type: 'upToDate', kind: 'HorizontalPodAutoscaler' },
];
const DEPLOYMENT: ObservedDeployment = {
  metadata: { name: 'web', namespace: 'blue', uid: 'd1', generation: 1 },
  spec: {
    selector: {},
    replicas: 2,
    template: {
      spec: {
        containers: [
          { name: 'sidecar', image: 'sidecar:9' },
          { name: 'converter', image: 'converter:1' },
        ],
      },
    },
  },
  status: { observedGeneration: 1, replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
};

const INPUT: StatusInput = {
  resource: exampleConverter({ spec: { service: { port: 8080, type: 'ClusterIP' } } }),
  results: APPLIED,
  deployment: DEPLOYMENT,
  autoscaler: {
    metadata: { name: 'web', namespace: 'blue', uid: 'h1' },
    status: { conditions: [{ type: 'ScalingActive', status: 'True' }] },
  },
  pods: [],
  now: NOW,
};

/** The type, status and reason of each condition. */
const inShort = ({ conditions }: ComputedStatus): string[] =>
  conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

/** The pods of a Deployment whose container cannot be created. */
const waiting = (message: string): StatusInput['pods'] => {
  const state = { waiting: { reason: 'CreateContainerError', message } };
  const container = { name: 'converter', ready: false, restartCount: 0, state };
  return [{ metadata: { name: 'web-1', uid: 'p1' }, status: { containerStatuses: [container] } }];
};

describe('computeStatus', () => {
  it('keeps the image while another client keeps changing the Deployment', () => {
    const contested = { type: 'blocked', kind: 'Deployment', reason: 'Contested', message: 'x' } as const;
    const resource = exampleConverter({ status: { observedGeneration: 3, image: 'converter:0' } });
    expect(computeStatus({ ...INPUT, resource, results: [contested] }).image).toBe('converter:0');
    expect(computeStatus({ ...INPUT, resource }).image).toBe('converter:1');
  });

  it('has the replicas, the image, the URL and every condition', () => {
    const times = { observedGeneration: 3, lastTransitionTime: '2026-01-02T03:04:05Z' };
    const message = expect.any(String);
    expect(computeStatus(INPUT)).toStrictEqual({
      observedGeneration: 3,
      replicas: 3,
      readyReplicas: 2,
      image: 'converter:1',
      url: 'http://web.blue.svc:8080',
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Ready', message, ...times },
        { type: 'Reconciled', status: 'True', reason: 'Applied', message, ...times },
        { type: 'Available', status: 'True', reason: 'Serving', message, ...times },
        { type: 'Autoscaling', status: 'True', reason: 'Active', message, ...times },
        { type: 'Paused', status: 'False', reason: 'NotPaused', message, ...times },
      ],
    });
  });

  it.each([
    [true, 'Reconciliation is paused (spec.paused is true). The operator does not change the children.'],
    [false, 'Reconciliation is not paused.'],
  ])('says whether reconciliation is paused (%s)', (paused, message) => {
    const status = computeStatus({ ...INPUT, resource: exampleConverter({ spec: { paused } }) });
    expect(status.conditions.at(-1)).toMatchObject({ type: 'Paused', message });
  });

  it('has no image and no replicas where there is no Deployment', () => {
    const status = computeStatus({ ...INPUT, deployment: undefined });
    expect(status).toMatchObject({ replicas: 0, readyReplicas: 0 });
    expect(status).not.toHaveProperty('image');
  });

  it.each<[string, Partial<StatusInput>, string[]]>([
    [
      'a child that is blocked',
      {
        results: [{ type: 'blocked', kind: 'Service', reason: 'NameConflict', message: 'Taken.' }],
      },
      [
        'Ready=False NameConflict',
        'Reconciled=False NameConflict',
        'Available=True Serving',
        'Autoscaling=True Active',
        'Paused=False NotPaused',
        'Stalled=True NameConflict',
      ],
    ],
    [
      'a child that admission controllers have changed',
      { results: [{ type: 'upToDate', kind: 'Service', note: 'Service web: spec.a 1 became 2.' }] },
      [
        'Ready=True Ready',
        'Reconciled=True ChangedByAdmission',
        'Available=True Serving',
        'Autoscaling=True Active',
        'Paused=False NotPaused',
      ],
    ],
    [
      'nothing yet',
      { deployment: undefined, autoscaler: undefined },
      [
        'Ready=False NotDeployed',
        'Reconciled=True Applied',
        'Available=False NotDeployed',
        'Autoscaling=False NotDeployed',
        'Paused=False NotPaused',
      ],
    ],
    [
      'a pause',
      { results: 'paused', resource: exampleConverter({ spec: { paused: true } }) },
      [
        'Ready=Unknown Paused',
        'Reconciled=Unknown Paused',
        'Available=True Serving',
        'Autoscaling=True Active',
        'Paused=True PausedBySpec',
      ],
    ],
    [
      'a deletion',
      { results: 'deleting', resource: exampleConverter({ metadata: { deletionTimestamp: 'x' } }) },
      [
        'Ready=False Deleting',
        'Reconciled=Unknown Deleting',
        'Available=True Serving',
        'Autoscaling=True Active',
        'Paused=False NotPaused',
      ],
    ],
  ])('summarizes %s', (_case, input, conditions) => {
    expect(inShort(computeStatus({ ...INPUT, ...input }))).toEqual(conditions);
  });

  it('keeps the transition time of a condition while its status is the same, whatever its reason', () => {
    const earlier = '2025-12-31T23:59:59Z';
    const conditions: Condition[] = [
      { type: 'Ready', status: 'False', reason: 'Progressing', message: 'x', lastTransitionTime: earlier },
      { type: 'Reconciled', status: 'True', reason: 'Other', message: 'x', lastTransitionTime: earlier },
      { type: 'Available', status: 'Unknown', reason: 'x', message: 'x', lastTransitionTime: earlier },
    ];
    const { spec, metadata } = INPUT.resource;
    const status = computeStatus({ ...INPUT, resource: exampleConverter({ spec, metadata, status: { conditions } }) });
    expect(
      Object.fromEntries(status.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])),
    ).toEqual({
      Ready: '2026-01-02T03:04:05Z',
      Reconciled: earlier,
      Available: '2026-01-02T03:04:05Z',
      Autoscaling: '2026-01-02T03:04:05Z',
      Paused: '2026-01-02T03:04:05Z',
    });
  });

  it('keeps its wording while Kubernetes reports the same problem in other numbers', () => {
    const deployment = { ...DEPLOYMENT, status: { ...DEPLOYMENT.status, availableReplicas: 0 } };
    const first = computeStatus({ ...INPUT, deployment, pods: waiting('context deadline exceeded after 10 s') });
    expect(inShort(first)).toContain('Stalled=True ContainerCannotStart');
    const { spec, metadata } = INPUT.resource;
    const resource = exampleConverter({ spec, metadata, status: first });
    expect(
      computeStatus({ ...INPUT, resource, deployment, pods: waiting('context deadline exceeded after 20 s') }),
    ).toEqual(first);
    const other = computeStatus({ ...INPUT, resource, deployment, pods: waiting('no space left on device') });
    expect(other.conditions[0]?.message).toContain('no space left on device');
  });

  it('is the same when computed again later from the stored status', () => {
    const first = computeStatus(INPUT);
    const { spec, metadata } = INPUT.resource;
    const stored = exampleConverter({ spec, metadata, status: first });
    const second = computeStatus({ ...INPUT, resource: stored, now: new Date(NOW.getTime() + 86_400_000) });
    expect(second).toEqual(first);
    expect(isSameStatus(first, second)).toBe(true);
  });
});

describe('isSameStatus', () => {
  const computed = computeStatus(INPUT);
  const [first, ...others] = computed.conditions;
  const withoutImage = computeStatus({ ...INPUT, deployment: undefined });

  /** A computed status without one of its fields. */
  function without(name: keyof ComputedStatus): TemperatureConverterStatus {
    return Object.fromEntries(Object.entries(computed).filter(([key]) => key !== name));
  }

  it.each<[string, TemperatureConverterStatus | undefined, ComputedStatus]>([
    ['all is equal', computed, computed],
    ['conditions come in another order', { ...computed, conditions: computed.conditions.toReversed() }, computed],
    // An older definition of the resource does not know the field, and the server drops it at each write.
    ['an older definition drops url', without('url'), computed],
    ['an older definition drops replicas', without('replicas'), computed],
    ['an older definition drops image', without('image'), computed],
  ])('is true when %s', (_case, stored, wanted) => {
    expect(isSameStatus(stored, wanted)).toBe(true);
  });

  it.each<[string, TemperatureConverterStatus | undefined, ComputedStatus]>([
    ['there is none', undefined, computed],
    ['there is only the default of the schema', { conditions: computed.conditions }, computed],
    ['the operator has not written it', without('observedGeneration'), computed],
    ['the generation is another', { ...computed, observedGeneration: 2 }, computed],
    ['replicas differ', { ...computed, replicas: 1 }, computed],
    ['ready replicas differ', { ...computed, readyReplicas: 0 }, computed],
    ['the URL differs', { ...computed, url: 'http://web.blue.svc:80' }, computed],
    ['the image differs', { ...computed, image: 'converter:2' }, computed],
    ['the image is gone', { ...withoutImage, image: 'converter:1' }, withoutImage],
    ['a condition is missing', { ...computed, conditions: others }, computed],
    ['there are no conditions', without('conditions'), computed],
    [
      'there is a condition too many',
      { ...computed, conditions: [...computed.conditions, conditionOf('Old')] },
      computed,
    ],
    ['a condition is another', { ...computed, conditions: [...others, conditionOf('Old')] }, computed],
    ...(['status', 'reason', 'message', 'observedGeneration', 'lastTransitionTime'] as const).map(
      (field): [string, TemperatureConverterStatus, ComputedStatus] => [
        `the ${field} of a condition differs`,
        { ...computed, conditions: [{ ...conditionOf('Ready'), ...first, [field]: 'x' }, ...others] },
        computed,
      ],
    ),
  ])('is false when %s', (_case, stored, wanted) => {
    expect(isSameStatus(stored, wanted)).toBe(false);
  });
});

function conditionOf(type: string): Condition {
  // SAFETY: a condition of another version of the operator.
  return { type, status: 'True', reason: 'x', message: 'x', lastTransitionTime: '2026-01-01T00:00:00Z' } as Condition;
}
