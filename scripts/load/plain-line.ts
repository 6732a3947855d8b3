import { type LoadView, show, withoutControlCharacters } from './frame.ts';
import { formatTime } from './time-axis.ts';

/** Renders the present state of a run as one line, for an output that is not a terminal. */
export function renderPlainLine({ run, scaling, phase, elapsedSeconds, totals }: LoadView): string {
  const latest = run.samples.findLast(({ requestsPerSecond }) => requestsPerSecond !== undefined);
  const isCurrent = latest !== undefined && elapsedSeconds - latest.seconds <= 3;
  const traffic = isCurrent
    ? [
        `${show(latest.requestsPerSecond)} requests/s`,
        `${show(latest.failuresPerSecond)} failures/s`,
        `p50 ${show(latest.p50Ms)} ms`,
        `p99 ${show(latest.p99Ms)} ms`,
      ]
    : ['no requests'];
  const cpu = `CPU ${show(scaling?.cpuPercent)} % of ${show(scaling?.targetPercent)} %`;
  const replicas = `${show(scaling?.wantedReplicas)} replicas wanted, ${show(scaling?.readyReplicas)} ready`;
  const problem = scaling?.problem ?? (totals.failures === 0 ? undefined : totals.firstFailure);
  const parts = [...traffic, cpu, replicas, phase, ...(problem === undefined ? [] : [problem])];
  return withoutControlCharacters(`${formatTime(elapsedSeconds).padStart(5)}  ${parts.join('  ')}`);
}
