import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../../bench/results.ts';
import { describeResults } from './bar-chart.ts';
import { renderChart } from './render-chart.ts';
import { LIGHT } from './theme.ts';

const TITLE = 'Seconds from the end of a fault until the cache is up to date';
/** The place of subjects that did not recover, beyond every measured time. */
const NEVER_SECONDS = 600;
const COLORS = [LIGHT.orange, LIGHT.green, LIGHT.blue];

/** Renders the recovery time of each subject after each fault as SVG, on a logarithmic axis. */
export function renderRecoveryChart(results: Results): Promise<string> {
  const subjects = Object.keys(results.figures);
  const faults = Object.keys(results.figures[subjects[0] ?? ''] ?? {});
  const values = subjects.flatMap((subject) =>
    faults.map((fault) => {
      const seconds = results.figures[subject]?.[fault] ?? null;
      // A logarithm needs more than zero, and 0.05 s is the resolution.
      return { subject, fault, hasRecovered: seconds !== null, seconds: Math.max(0.05, seconds ?? NEVER_SECONDS) };
    }),
  );
  const chart: TopLevelSpec = {
    title: { text: TITLE, subtitle: describeResults(results) },
    width: 430,
    height: { step: 24, for: 'position' },
    data: { values },
    mark: { type: 'point', size: 60, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'seconds',
        type: 'quantitative',
        scale: { type: 'log', domain: [0.05, NEVER_SECONDS * 1.3] },
        axis: {
          title: null,
          values: [0.1, 1, 10, 100, NEVER_SECONDS],
          labelExpr: `datum.value === ${NEVER_SECONDS} ? 'not recovered' : datum.value + ' s'`,
        },
      },
      y: { field: 'fault', type: 'nominal', sort: null, axis: { title: null, grid: true, labelLimit: 0 } },
      yOffset: { field: 'subject', type: 'nominal', sort: null },
      color: {
        field: 'subject',
        type: 'nominal',
        sort: null,
        scale: { domain: subjects, range: COLORS },
        legend: { title: null, orient: 'top', offset: 4, labelLimit: 0 },
      },
      shape: {
        field: 'subject',
        type: 'nominal',
        sort: null,
        scale: { domain: subjects, range: ['cross', 'square', 'circle'] },
      },
    },
  };
  return renderChart(chart, TITLE);
}
