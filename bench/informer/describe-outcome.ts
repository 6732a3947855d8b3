import type { Outcome } from './measurement.ts';
import type { Scenario } from './scenarios.ts';

/** Formats a cell of the table: the recovery, the requests and, after a Retry-After, the shortest wait. */
export function describeOutcome(outcome: Outcome, scenario: Scenario): string {
  return [describeRecovery(outcome, scenario), describeRequests(outcome, scenario), ...describeWait(outcome)].join(
    '; ',
  );
}

function describeRecovery(outcome: Outcome, { limitSeconds }: Scenario): string {
  if (outcome.recoverySeconds !== undefined) return `${outcome.recoverySeconds.toFixed(1)} s`;
  const { outdated, undeleted, idleSeconds, areNotificationsComplete } = outcome;
  return [
    `**not in ${limitSeconds} s**: ${outdated} outdated`,
    ...(undeleted === 0 ? [] : [`${undeleted} deleted but held`]),
    ...(areNotificationsComplete ? [] : ['notifications differ from the cache']),
    `idle for ${idleSeconds.toFixed(0)} s`,
  ].join(', ');
}

function describeRequests({ lists, watches }: Outcome, { faultSeconds }: Scenario): string {
  const rate = faultSeconds === 0 ? '' : ` (${Number(((lists + watches) / faultSeconds).toPrecision(2))}/s)`;
  return `${lists} L, ${watches} W${rate}`;
}

function describeWait({ wait }: Outcome): string[] {
  if (wait === undefined) return [];
  const { actualSeconds, askedSeconds } = wait;
  return [`waits ${actualSeconds < askedSeconds ? 'only ' : ''}${actualSeconds.toFixed(1)} s`];
}
