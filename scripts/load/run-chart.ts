import type { TopLevelSpec } from 'vega-lite';
import { renderChart } from '../pictures/render-chart.ts';
import { LIGHT } from '../pictures/theme.ts';
import { describeConnections, type LoadRun, type Sample } from './load-run.ts';

const WIDTH = 560;
const HEIGHT = 90;

/** One line or area of a panel. */
interface Series {
  readonly field: keyof Sample;
  readonly label: string;
  readonly mark: 'area' | 'line' | 'dashed';
  readonly color: string;
}

interface Panel {
  readonly unit: string;
  readonly series: readonly Series[];
  /** Whether a value is valid until the next reading. */
  readonly isStep: boolean;
}

const PANELS: readonly Panel[] = [
  {
    unit: 'requests/s',
    isStep: false,
    series: [
      { field: 'requestsPerSecond', label: 'answered', mark: 'area', color: LIGHT.blue },
      { field: 'failuresPerSecond', label: 'failed', mark: 'line', color: LIGHT.orange },
    ],
  },
  {
    unit: 'latency (ms)',
    isStep: false,
    series: [
      { field: 'p50Ms', label: 'p50', mark: 'area', color: LIGHT.blue },
      { field: 'p99Ms', label: 'p99', mark: 'line', color: LIGHT.orange },
    ],
  },
  {
    unit: 'CPU (%)',
    isStep: true,
    series: [
      { field: 'cpuPercent', label: 'mean', mark: 'area', color: LIGHT.blue },
      { field: 'targetPercent', label: 'target', mark: 'dashed', color: LIGHT.green },
    ],
  },
  {
    unit: 'replicas',
    isStep: true,
    series: [
      { field: 'readyReplicas', label: 'ready', mark: 'area', color: LIGHT.blue },
      { field: 'wantedReplicas', label: 'wanted', mark: 'line', color: LIGHT.orange },
    ],
  },
];

/** Renders a run as SVG: four panels on one time axis. */
export function renderRunChart(run: LoadRun): Promise<string> {
  const end = Math.max(10, run.samples.at(-1)?.seconds ?? 0);
  const chart: TopLevelSpec = {
    title: { text: `${run.converter} under load`, subtitle: describeRun(run) },
    vconcat: PANELS.map((panel) => withoutUnused(panel, run)).map((panel, index) =>
      buildPanel(panel, run, { end, isLast: index === PANELS.length - 1 }),
    ),
    spacing: 10,
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
  };
  return renderChart(chart, `Requests, latency, CPU and replicas of ${run.converter} under load`);
}

/** A panel without failures if there are none. */
function withoutUnused(panel: Panel, { samples }: LoadRun): Panel {
  const isUsed = ({ field }: Series): boolean =>
    field !== 'failuresPerSecond' || samples.some(({ failuresPerSecond = 0 }) => failuresPerSecond > 0);
  return { ...panel, series: panel.series.filter(isUsed) };
}

function describeRun(run: LoadRun): string {
  return `${describeConnections(run)}, ${run.begunAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

type Unit = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

function buildPanel(panel: Panel, run: LoadRun, { end, isLast }: { end: number; isLast: boolean }): Unit {
  const values = panel.series.flatMap(({ field, label }) =>
    valuesOf(run, field, panel).map(({ seconds, value }) => ({ seconds, value, label })),
  );
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    encoding: {
      x: {
        field: 'seconds',
        type: 'quantitative',
        scale: { domain: [0, end], nice: false },
        axis: {
          title: isLast ? 'minutes' : null,
          labels: isLast,
          values: tickSeconds(end),
          labelExpr: "floor(datum.value / 60) + ':' + (datum.value % 60 < 10 ? '0' : '') + (datum.value % 60)",
        },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        axis: { title: panel.unit, tickCount: 4, minExtent: 42, format: '~r' },
        scale: { zero: true },
      },
      color: {
        field: 'label',
        type: 'nominal',
        scale: { domain: panel.series.map(({ label }) => label), range: panel.series.map(({ color }) => color) },
        legend: { title: null },
      },
    },
    layer: panel.series.map(({ label, mark }) => ({
      transform: [{ filter: { field: 'label', equal: label } }],
      mark: buildMark(mark, panel.isStep),
    })),
  };
}

function buildMark(
  mark: Series['mark'],
  isStep: boolean,
): { type: 'area' | 'line' } & Readonly<Record<string, unknown>> {
  const shared = isStep ? { interpolate: 'step-after' } : {};
  if (mark === 'area') return { ...shared, type: 'area', opacity: 0.6 };
  return { ...shared, type: 'line', strokeWidth: 1.5, ...(mark === 'dashed' ? { strokeDash: [4, 3] } : {}) };
}

/** The values of a field; null where a reading has none, which interrupts the line. */
function valuesOf(
  { samples }: LoadRun,
  field: keyof Sample,
  { isStep }: Panel,
): readonly { readonly seconds: number; readonly value: number | null }[] {
  const read = samples.filter(
    ({ wantedReplicas, requestsPerSecond }) => (isStep ? wantedReplicas : requestsPerSecond) !== undefined,
  );
  return read.map((sample) => ({ seconds: sample.seconds, value: sample[field] ?? null }));
}

/** About eight ticks at full minutes or parts of them. */
function tickSeconds(end: number): number[] {
  const step = [5, 10, 15, 30, 60, 120, 300, 600].find((candidate) => end / candidate <= 9) ?? 1200;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}
