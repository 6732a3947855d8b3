import type { Sample } from './load-run.ts';

/** Seconds for each column of a terminal, from which the axis chooses. */
const STEPS = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120];

/** The seconds that each column of a chart stands for, so that a run of this length fits. */
export function computeStepSeconds(elapsedSeconds: number, columns: number): number {
  return STEPS.find((step) => step * columns > elapsedSeconds) ?? Math.ceil((elapsedSeconds + 1) / columns);
}

/** The samples of each column. */
export function groupByColumn(
  samples: readonly Sample[],
  stepSeconds: number,
  columns: number,
): readonly (readonly Sample[])[] {
  const groups = Map.groupBy(samples, ({ seconds }) => Math.floor(seconds / stepSeconds));
  return Array.from({ length: columns }, (_, column) => groups.get(column) ?? []);
}

/** Draws the labels of the time axis, about every 15 columns. */
export function drawTimeAxis(stepSeconds: number, columns: number): string {
  const spacing = 15;
  let axis = '';
  for (let column = 0; column < columns; column += spacing) {
    const label = formatTime(column * stepSeconds);
    if (column + label.length <= columns) axis = axis.padEnd(column) + label;
  }
  return axis.padEnd(columns);
}

/** Formats a time as minutes and seconds: 90 is 1:30. */
export function formatTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
