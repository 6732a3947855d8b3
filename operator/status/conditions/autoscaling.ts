import type { ObservedCondition, ObservedHorizontalPodAutoscaler } from '../observation.ts';
import { quoteWords, type QuotedMessage } from '../quoted-message.ts';
import type { AutoscalingReason, Verdict } from '../reasons.ts';
import { quote } from '../words.ts';

interface Problem extends QuotedMessage {
  readonly reason: AutoscalingReason;
}

/** Messages of the autoscaler that are about the metrics API, or about pods that have just started. */
const METRICS_API = /metrics API|metrics\.k8s\.io|no metrics returned|did not receive metrics/i;

/** Computes the condition Autoscaling: whether the autoscaler can scale. */
export function computeAutoscaling(
  autoscaler: ObservedHorizontalPodAutoscaler | undefined,
): Verdict<AutoscalingReason> {
  if (autoscaler === undefined) {
    return {
      status: 'False',
      reason: 'NotDeployed',
      message: 'The autoscaler does not exist yet. See the condition Reconciled.',
    };
  }
  const { name } = autoscaler.metadata;
  const able = conditionOf(autoscaler, 'AbleToScale');
  if (able?.status === 'False') {
    return { status: 'False', reason: 'CannotScale', ...describe('cannot scale the Deployment', able, name) };
  }
  const active = conditionOf(autoscaler, 'ScalingActive');
  if (active?.status === 'True') return describeActive(conditionOf(autoscaler, 'ScalingLimited'));
  if (active?.status === 'False') return { status: 'False', ...computeInactivity(active, autoscaler.metadata) };
  return { status: 'Unknown', reason: 'Pending', message: 'The autoscaler has not reported yet.' };
}

/** An autoscaler at its maximum is worth a note; the minimum is where it rests. */
function describeActive(limited: ObservedCondition | undefined): Verdict<AutoscalingReason> {
  const isAtMaximum = limited?.status === 'True' && limited.reason === 'TooManyReplicas';
  const note = isAtMaximum ? ` It is limited (${quote(limited.reason, limited.message)}).` : '';
  return { status: 'True', reason: 'Active', message: `The autoscaler reads the CPU utilization.${note}` };
}

function computeInactivity(
  active: ObservedCondition,
  { name, namespace }: ObservedHorizontalPodAutoscaler['metadata'],
): Problem {
  if (active.reason === 'ScalingDisabled') {
    return {
      reason: 'ScalingDisabled',
      message: `Deployment ${name} has 0 replicas, which disables the autoscaler. Run: kubectl scale deployment ${name} --replicas=1`,
    };
  }
  if (active.reason === 'AmbiguousSelector') {
    return { reason: 'AmbiguousSelector', ...describeAmbiguity(active, `${namespace}/`, name) };
  }
  if (active.reason?.startsWith('FailedGet') === true) {
    return { reason: 'MetricsUnavailable', ...describeMetrics(active, name) };
  }
  return { reason: 'ScalingInactive', ...describe('does not scale', active, name) };
}

function describeMetrics(active: ObservedCondition, name: string): QuotedMessage {
  const advice = METRICS_API.test(active.message ?? '')
    ? 'This is normal for about a minute after pods start. If it lasts, check that metrics-server runs: kubectl top pods'
    : `See: kubectl describe hpa ${name}`;
  return quoteWords(
    `The autoscaler cannot compute the CPU utilization (${active.reason}`,
    active.message,
    `). ${advice}`,
  );
}

/** The message lists two of the autoscalers in changing order, such as `[blue/web blue/other]`. */
function describeAmbiguity({ reason, message = '' }: ObservedCondition, prefix: string, name: string): QuotedMessage {
  const [, list = ''] = /\(e\.g\. \[([^\]]*)\]\)/.exec(message) ?? [];
  const others = list
    .split(' ')
    .filter((item) => item.startsWith(prefix))
    .map((item) => item.slice(prefix.length))
    .filter((other) => other !== name)
    .toSorted();
  if (others.length === 0) {
    return quoteWords(
      `Another autoscaler selects the same pods, so that none of them scales (${reason}`,
      message,
      '). Delete one of them. See: kubectl get hpa',
    );
  }
  const autoscalers = others.join(' and ');
  return {
    message: `HorizontalPodAutoscaler ${autoscalers} selects the same pods as ${name} (${reason}: pods are controlled by more than one HPA), so that none of them scales. Delete one of them. See: kubectl get hpa ${name} ${others.join(' ')}`,
  };
}

function describe(what: string, { reason, message }: ObservedCondition, name: string): QuotedMessage {
  return quoteWords(
    `The autoscaler ${what} (${reason ?? 'no reason given'}`,
    message,
    `). See: kubectl describe hpa ${name}`,
  );
}

function conditionOf(autoscaler: ObservedHorizontalPodAutoscaler, type: string): ObservedCondition | undefined {
  return autoscaler.status?.conditions?.find((condition) => condition.type === type);
}
