import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../../bench/results.ts';
import { renderChart } from './render-chart.ts';
import { LIGHT } from './theme.ts';

/** A chart of bars: one panel for each figure, with one bar for each subject. */
export interface BarChart {
  readonly title: string;
  readonly results: Results;
  /** The title of each panel, by the name of its figure. */
  readonly panels: Readonly<Record<string, string>>;
  /** The subject that is this project's. */
  readonly own: string;
  readonly columns: number;
}

/** Renders a chart of bars as SVG. A figure that the results lack is an error. */
export function renderBarChart({ title, results, panels, own, columns }: BarChart): Promise<string> {
  const subjects = Object.keys(results.figures);
  const chart: TopLevelSpec = {
    title: { text: title, subtitle: describeResults(results), offset: 14 },
    columns,
    spacing: 18,
    align: 'each',
    concat: Object.entries(panels).map(([name, panelTitle], index) => ({
      title: { text: panelTitle, fontSize: 11, fontWeight: 'normal' },
      width: 160,
      height: { step: 20 },
      data: {
        values: subjects.map((subject) => ({ subject, value: figureOf(results, subject, name), own: subject === own })),
      },
      encoding: {
        x: { field: 'value', type: 'quantitative', axis: null, scale: { zero: true } },
        y: {
          field: 'subject',
          type: 'nominal',
          sort: null,
          axis: { title: null, labels: index % columns === 0, labelLimit: 0, ticks: false, domain: false },
        },
      },
      layer: [
        {
          mark: { type: 'bar', height: 13 },
          encoding: { color: { condition: { test: 'datum.own', value: LIGHT.blue }, value: LIGHT.gray } },
        },
        {
          mark: { type: 'text', align: 'left', dx: 4, fontSize: 11, color: LIGHT.text },
          encoding: { text: { field: 'value', type: 'quantitative', format: ',~r' } },
        },
      ],
    })),
  };
  return renderChart(chart, title);
}

/** When and where results were measured. */
export function describeResults({ date, environment }: Results): string {
  return `${date}, ${environment}`;
}

function figureOf({ figures }: Results, subject: string, name: string): number {
  const value = figures[subject]?.[name];
  if (typeof value === 'number') return value;
  throw new Error(`the results of ${subject} have no figure ${name}`);
}
