import { drawPlot, niceMaximum } from './plot.ts';
import { describeConnections, type LoadRun, type Sample } from './load-run.ts';
import type { Scaling } from './scaling.ts';
import { computeStepSeconds, drawTimeAxis, groupByColumn } from './time-axis.ts';

/** What is shown of a run while it lasts. */
export interface LoadView {
  readonly run: LoadRun;
  readonly elapsedSeconds: number;
  /** The last reading of the autoscaler. */
  readonly scaling: Scaling | undefined;
  readonly totals: { readonly requests: number; readonly failures: number; readonly firstFailure: string | undefined };
  /** What happens now. */
  readonly phase: string;
  /** Why the last reading of the cluster failed; undefined if it did not. */
  readonly kubectlFailure: string | undefined;
}

/** The size of a terminal, in characters. */
export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

interface Panel {
  readonly title: string;
  readonly area: readonly (number | undefined)[];
  readonly behind?: readonly (number | undefined)[];
  readonly line?: readonly (number | undefined)[];
  readonly maximum: number;
}

/** The width of the labels to the left of each plot. */
const GUTTER = 8;
const PANELS = 4;
/** The first line, the time axis and the last line. */
const OTHER_ROWS = 3;
const MAX_PLOT_ROWS = 8;

/** Draws a run as the lines of a terminal: none is longer than its columns, and there are fewer than its rows. */
export function renderFrame(view: LoadView, { columns, rows }: FrameSize): readonly string[] {
  const width = Math.max(1, columns - GUTTER - 1);
  const height = Math.max(1, Math.min(MAX_PLOT_ROWS, Math.floor((rows - 1 - OTHER_ROWS) / PANELS) - 1));
  const stepSeconds = computeStepSeconds(view.elapsedSeconds, width);
  const groups = groupByColumn(view.run.samples, stepSeconds, width);
  const elapsedColumns = Math.floor(view.elapsedSeconds / stepSeconds) + 1;
  const lines = [
    `${view.run.converter}, ${describeConnections(view.run)}: ${view.phase}`,
    ...buildPanels(view, groups, elapsedColumns).flatMap((panel) => drawPanel(panel, height)),
    `${' '.repeat(GUTTER + 1)}${drawTimeAxis(stepSeconds, width)}`,
    describeProblem(view),
  ];
  return lines
    .map((line) => withoutControlCharacters(line).slice(0, columns).trimEnd())
    .slice(0, Math.max(1, rows - 1));
}

function drawPanel({ title, ...plot }: Panel, height: number): readonly string[] {
  const labels = [formatNumber(plot.maximum), ...Array.from({ length: height - 1 }, () => '')];
  if (height > 1) labels[height - 1] = '0';
  const lines = drawPlot({ ...plot, height });
  return [title, ...lines.map((line, index) => `${(labels[index] ?? '').padStart(GUTTER)}│${line}`)];
}

function buildPanels(
  { scaling, run }: LoadView,
  groups: readonly (readonly Sample[])[],
  elapsedColumns: number,
): readonly Panel[] {
  const latest = run.samples.findLast(({ requestsPerSecond }) => requestsPerSecond !== undefined);
  const requests = groups.map((group) => mean(valuesOf(group, 'requestsPerSecond')));
  const p50 = groups.map((group) => mean(valuesOf(group, 'p50Ms')));
  const p99 = groups.map((group) => greatest(valuesOf(group, 'p99Ms')));
  // Read less often than once a second, and valid until the next reading.
  const held = (name: keyof Sample): readonly (number | undefined)[] => hold(groups, name, elapsedColumns);
  const cpu = held('cpuPercent');
  const target = held('targetPercent');
  const wanted = held('wantedReplicas');
  const ready = held('readyReplicas');
  return [
    {
      title: `requests/s ${show(latest?.requestsPerSecond)}${describeFailures(latest)}`,
      area: requests,
      maximum: niceMaximum(maximumOf(requests)),
    },
    {
      title: `latency ms  █ p50 ${show(latest?.p50Ms)}  ░ p99 ${show(latest?.p99Ms)}`,
      area: p50,
      behind: p99,
      maximum: niceMaximum(maximumOf(p99)),
    },
    {
      title: `CPU %  █ now ${show(scaling?.cpuPercent)}  ─ target ${show(scaling?.targetPercent)}`,
      area: cpu,
      line: target,
      maximum: niceMaximum(maximumOf([...cpu, ...target])),
    },
    {
      title: `replicas  █ ready ${show(scaling?.readyReplicas)}  ░ wanted ${show(scaling?.wantedReplicas)}`,
      area: ready,
      behind: wanted,
      maximum: Math.max(scaling?.maxReplicas ?? 1, maximumOf([...wanted, ...ready])),
    },
  ];
}

function valuesOf(group: readonly Sample[], name: keyof Sample): readonly number[] {
  return group.flatMap((sample) => sample[name] ?? []);
}

/** The last value of each group; of a group without one, that of the group before it. */
function hold(
  groups: readonly (readonly Sample[])[],
  name: keyof Sample,
  elapsedColumns: number,
): readonly (number | undefined)[] {
  let value: number | undefined;
  return groups.map((group, column) => {
    if (column >= elapsedColumns) return undefined;
    const latest = group.at(-1);
    // A reading without this value, which the autoscaler could not measure.
    if (latest !== undefined && latest.wantedReplicas !== undefined) value = undefined;
    value = valuesOf(group, name).at(-1) ?? value;
    return value;
  });
}

function describeFailures(latest: Sample | undefined): string {
  const failures = latest?.failuresPerSecond ?? 0;
  return failures === 0 ? '' : `  failures/s ${show(failures)}`;
}

/** What is wrong: the cluster cannot be read, there is no CPU, or requests fail. Empty if nothing is. */
export function describeProblem({ scaling, totals, kubectlFailure }: LoadView): string {
  if (kubectlFailure !== undefined) return `kubectl fails: ${kubectlFailure}`;
  if (scaling?.problem !== undefined) return `CPU unknown: ${scaling.problem}`;
  if (totals.failures === 0) return '';
  return `${show(totals.failures)} failed requests, the first: ${totals.firstFailure ?? 'unknown'}`;
}

/** A number for people: few digits, and a dash for none. */
export function show(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** Messages of the cluster may contain line breaks, and must not move the cursor. */
export function withoutControlCharacters(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function maximumOf(values: readonly (number | undefined)[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}
