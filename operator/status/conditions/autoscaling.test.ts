import { describe, expect, it } from '@jest/globals';
import type { ObservedCondition, ObservedHorizontalPodAutoscaler } from '../observation.ts';
import { computeAutoscaling } from './autoscaling.ts';

function autoscaler(...conditions: ObservedCondition[]): ObservedHorizontalPodAutoscaler {
  return { metadata: { name: 'web', namespace: 'blue', uid: 'h1' }, status: { conditions } };
}

const ABLE = { type: 'AbleToScale', status: 'True' };
const ACTIVE = { type: 'ScalingActive', status: 'True' };

describe('Autoscaling', () => {
  it.each<[string, ObservedHorizontalPodAutoscaler | undefined, object]>([
    [
      'is false without an autoscaler',
      undefined,
      {
        status: 'False',
        reason: 'NotDeployed',
        message: 'The autoscaler does not exist yet. See the condition Reconciled.',
      },
    ],
    [
      'is true when it can scale',
      autoscaler(ABLE, ACTIVE),
      { status: 'True', reason: 'Active', message: 'The autoscaler reads the CPU utilization.' },
    ],
    [
      'is unknown before the autoscaler has reported',
      autoscaler(),
      { status: 'Unknown', reason: 'Pending', message: 'The autoscaler has not reported yet.' },
    ],
    [
      'is unknown without a status',
      { metadata: { name: 'web', namespace: 'blue', uid: 'h1' } },
      { status: 'Unknown', reason: 'Pending', message: 'The autoscaler has not reported yet.' },
    ],
    [
      'is false when it cannot scale, with its message',
      autoscaler(
        { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: 'no such Deployment' },
        ACTIVE,
      ),
      {
        status: 'False',
        reason: 'CannotScale',
        message: 'The autoscaler cannot scale the Deployment: no such Deployment.',
      },
    ],
    [
      'is false when it cannot scale, with its reason if there is no message',
      autoscaler({ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' }),
      {
        status: 'False',
        reason: 'CannotScale',
        message: 'The autoscaler cannot scale the Deployment: FailedGetScale.',
      },
    ],
    [
      'is false when it has no metrics, with a message that names no pod and does not change',
      autoscaler(ABLE, {
        type: 'ScalingActive',
        status: 'False',
        reason: 'FailedGetResourceMetric',
        message: 'did not receive metrics for targeted pods (pods might be unready): web-5d8c-x7k2p',
      }),
      {
        status: 'False',
        reason: 'MetricsUnavailable',
        message:
          'The autoscaler cannot read the CPU utilization. This is normal for about a minute after pods start. If it lasts, check that metrics-server runs: kubectl top pods',
      },
    ],
    [
      'is false, with a command to run, when a Deployment with 0 replicas disables it',
      autoscaler(ABLE, { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }),
      {
        status: 'False',
        reason: 'ScalingDisabled',
        message:
          'Deployment web has 0 replicas, which disables the autoscaler. Run: kubectl scale deployment web --replicas=1',
      },
    ],
  ])('%s', (_case, observed, verdict) => {
    expect(computeAutoscaling(observed)).toEqual(verdict);
  });
});
