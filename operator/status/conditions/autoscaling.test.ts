import { describe, expect, it } from '@jest/globals';
import type { ObservedCondition, ObservedHorizontalPodAutoscaler } from '../observation.ts';
import { computeAutoscaling } from './autoscaling.ts';

function autoscaler(...conditions: ObservedCondition[]): ObservedHorizontalPodAutoscaler {
  return { metadata: { name: 'web', namespace: 'blue', uid: 'h1' }, status: { conditions } };
}

const ABLE = { type: 'AbleToScale', status: 'True' };
const ACTIVE = { type: 'ScalingActive', status: 'True' };
const inactive = (reason: string, message: string): ObservedHorizontalPodAutoscaler =>
  autoscaler(ABLE, { type: 'ScalingActive', status: 'False', reason, message });

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
      'is true and quotes the autoscaler at its maximum',
      autoscaler(ABLE, ACTIVE, {
        type: 'ScalingLimited',
        status: 'True',
        reason: 'TooManyReplicas',
        message: 'the desired replica count is more than the maximum replica count',
      }),
      {
        status: 'True',
        reason: 'Active',
        message:
          'The autoscaler reads the CPU utilization. It is limited (TooManyReplicas: the desired replica count is more than the maximum replica count).',
      },
    ],
    [
      'is true without a note at its minimum',
      autoscaler(ABLE, ACTIVE, { type: 'ScalingLimited', status: 'True', reason: 'TooFewReplicas', message: 'm' }),
      { status: 'True', reason: 'Active', message: 'The autoscaler reads the CPU utilization.' },
    ],
    ...['FailedGetScale', 'FailedUpdateScale', 'BackoffBoth', 'ReasonOfALaterController'].map(
      (reason): [string, ObservedHorizontalPodAutoscaler, object] => [
        `is false when it cannot scale, with its reason and words (${reason})`,
        autoscaler({ type: 'AbleToScale', status: 'False', reason, message: 'no such Deployment' }, ACTIVE),
        {
          status: 'False',
          reason: 'CannotScale',
          message: `The autoscaler cannot scale the Deployment (${reason}: no such Deployment). See: kubectl describe hpa web`,
        },
      ],
    ),
    [
      'is false when it cannot scale, with its reason if there is no message',
      autoscaler({ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' }),
      {
        status: 'False',
        reason: 'CannotScale',
        message: 'The autoscaler cannot scale the Deployment (FailedGetScale). See: kubectl describe hpa web',
      },
    ],
    ...[
      'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
      'unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      'did not receive metrics for targeted pods (pods might be unready)',
    ].map((message): [string, ObservedHorizontalPodAutoscaler, object] => [
      `is false and advises on metrics-server if the metrics API has no metrics (${message.slice(-30)})`,
      inactive('FailedGetContainerResourceMetric', message),
      {
        status: 'False',
        reason: 'MetricsUnavailable',
        message: `The autoscaler cannot compute the CPU utilization (FailedGetContainerResourceMetric: ${message}). This is normal for about a minute after pods start. If it lasts, check that metrics-server runs: kubectl top pods`,
      },
    ]),
    [
      'is false and does not advise on metrics-server if a container has no CPU request',
      inactive('FailedGetResourceMetric', 'missing request for cpu in container proxy of Pod web-5d8c-x7k2p'),
      {
        status: 'False',
        reason: 'MetricsUnavailable',
        message:
          'The autoscaler cannot compute the CPU utilization (FailedGetResourceMetric: missing request for cpu in container proxy of Pod web-5d8c-x7k2p). See: kubectl describe hpa web',
      },
    ],
    ...['InvalidMetricSourceType', 'InvalidSelector', 'ReasonOfALaterController'].map(
      (reason): [string, ObservedHorizontalPodAutoscaler, object] => [
        `is false when it does not scale, with its reason and words (${reason})`,
        inactive(reason, 'words'),
        {
          status: 'False',
          reason: 'ScalingInactive',
          message: `The autoscaler does not scale (${reason}: words). See: kubectl describe hpa web`,
        },
      ],
    ),
    ...['[blue/web blue/keda-hpa-web]', '[blue/keda-hpa-web blue/web]'].map(
      (list): [string, ObservedHorizontalPodAutoscaler, object] => [
        `is false and names the other autoscaler of the same pods, in any order (${list})`,
        inactive('AmbiguousSelector', `pods by selector app=web are controlled by more than one HPA (e.g. ${list})`),
        {
          status: 'False',
          reason: 'AmbiguousSelector',
          message:
            'HorizontalPodAutoscaler keda-hpa-web selects the same pods as web (AmbiguousSelector: pods are controlled by more than one HPA), so that none of them scales. Delete one of them. See: kubectl get hpa web keda-hpa-web',
        },
      ],
    ),
    [
      'is false and quotes an ambiguous selector without names',
      inactive('AmbiguousSelector', 'more than one'),
      {
        status: 'False',
        reason: 'AmbiguousSelector',
        message:
          'Another autoscaler selects the same pods, so that none of them scales (AmbiguousSelector: more than one). Delete one of them. See: kubectl get hpa',
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
    const { quote: _quote, ...computed } = computeAutoscaling(observed);
    expect(computed).toEqual(verdict);
  });
});
