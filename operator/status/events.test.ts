import { describe, expect, it } from '@jest/globals';
import type { Condition, TemperatureConverterStatus } from '../api/temperature-converter.ts';
import { computeEvents } from './events.ts';
import type { ComputedStatus } from './status.ts';

function ready(status: Condition['status'], reason: string, message = 'Why.'): ComputedStatus {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return {
    observedGeneration: 1,
    replicas: 0,
    readyReplicas: 0,
    url: '',
    conditions: [
      { type: 'Paused', status: 'False', reason: 'NotPaused', message: '', lastTransitionTime },
      { type: 'Ready', status, reason, message, lastTransitionTime },
    ],
  };
}

describe('computeEvents', () => {
  it.each<[string, TemperatureConverterStatus | undefined, ComputedStatus, object]>([
    ['the first time that it is ready', undefined, ready('True', 'Ready'), { type: 'Normal', reason: 'Ready' }],
    [
      'that it is ready again',
      ready('False', 'Progressing'),
      ready('True', 'Ready'),
      { type: 'Normal', reason: 'Ready' },
    ],
    [
      'an obstacle',
      ready('Unknown', 'Pending'),
      ready('False', 'NameConflict', 'Service web exists.'),
      { type: 'Warning', reason: 'NameConflict', note: 'Service web exists.' },
    ],
    [
      'another obstacle',
      ready('False', 'ImagePullFailed'),
      ready('False', 'CrashLooping'),
      { type: 'Warning', reason: 'CrashLooping' },
    ],
    ['a pause', ready('True', 'Ready'), ready('Unknown', 'Paused'), { type: 'Normal', reason: 'Paused' }],
  ])('records %s', (_case, previous, next, event) => {
    expect(computeEvents(previous, next)).toEqual([{ action: 'Reconcile', note: 'Why.', ...event }]);
  });

  it.each<[string, TemperatureConverterStatus | undefined, ComputedStatus]>([
    [
      'a reason that it has already recorded',
      ready('False', 'CrashLooping', 'One.'),
      ready('False', 'CrashLooping', 'Two.'),
    ],
    ['a status without a summary', undefined, { ...ready('True', 'Ready'), conditions: [] }],
    ...[
      'Pending',
      'Progressing',
      'NotDeployed',
      'ChildTerminating',
      'NamespaceTerminating',
      'ApiNotReady',
      'Deleting',
    ].map((reason): [string, TemperatureConverterStatus, ComputedStatus] => [
      `${reason}, a temporary state`,
      ready('True', 'Ready'),
      ready('False', reason),
    ]),
  ])('does not record %s', (_case, previous, next) => {
    expect(computeEvents(previous, next)).toEqual([]);
  });
});
