import { describeProblem, type LoadView, show, withoutControlCharacters } from './frame.ts';
import type { LoadRun } from './load-run.ts';
import { formatTime } from './time-axis.ts';

/** Renders the present state of a run as one line, for an output that is not a terminal. */
export function renderPlainLine(view: LoadView): string {
  const { run, scaling, phase, elapsedSeconds } = view;
  const cpu = `CPU ${show(scaling?.cpuPercent)} % of ${show(scaling?.targetPercent)} %`;
  const replicas = `${show(scaling?.wantedReplicas)} replicas wanted, ${show(scaling?.readyReplicas)} ready`;
  const problem = describeProblem(view);
  const parts = [...describeTraffic(run, elapsedSeconds), cpu, replicas, phase, ...(problem === '' ? [] : [problem])];
  return withoutControlCharacters(`${formatTime(elapsedSeconds).padStart(5)}  ${parts.join('  ')}`);
}

/** The traffic of the last seconds. */
function describeTraffic({ samples }: LoadRun, elapsedSeconds: number): readonly string[] {
  const latest = samples.findLast(({ requestsPerSecond }) => requestsPerSecond !== undefined);
  if (latest === undefined || elapsedSeconds - latest.seconds > 3) return ['no requests'];
  return [
    `${show(latest.requestsPerSecond)} requests/s`,
    `${show(latest.failuresPerSecond)} failures/s`,
    `p50 ${show(latest.p50Ms)} ms`,
    `p99 ${show(latest.p99Ms)} ms`,
  ];
}
