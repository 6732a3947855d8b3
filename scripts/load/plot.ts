/** What a plot draws; each list has a value for each column, undefined where there is none. */
export interface Plot {
  /** Drawn as solid columns: █. */
  readonly area: readonly (number | undefined)[];
  /** Drawn behind the area: ░. */
  readonly behind?: readonly (number | undefined)[];
  /** Drawn over both: ─. */
  readonly line?: readonly (number | undefined)[];
  /** The value at the top. */
  readonly maximum: number;
  /** In rows. */
  readonly height: number;
}

const EIGHTHS = ' ▁▂▃▄▅▆▇█';

/** Draws a plot with block characters; the lines from top to bottom, each with one character for each column. */
export function drawPlot({ area, behind = [], line = [], maximum, height }: Plot): readonly string[] {
  const scale = maximum > 0 ? height / maximum : 0;
  return Array.from({ length: height }, (_, index) => {
    const row = height - 1 - index;
    return area
      .map((value, column) => drawCell({ row, top: height - 1, scale }, value ?? 0, behind[column] ?? 0, line[column]))
      .join('');
  });
}

interface Cell {
  /** From the bottom. */
  readonly row: number;
  /** The highest row. */
  readonly top: number;
  /** Rows for each unit of the values. */
  readonly scale: number;
}

function drawCell({ row, top, scale }: Cell, area: number, behind: number, line: number | undefined): string {
  if (line !== undefined && Math.min(top, Math.floor(line * scale)) === row) return '─';
  const eighths = Math.round((area * scale - row) * 8);
  // A value above zero is visible.
  const least = row === 0 && area > 0 ? 1 : 0;
  const cell = EIGHTHS[Math.max(least, Math.min(8, eighths))] ?? ' ';
  return cell === ' ' && behind * scale > row ? '░' : cell;
}

/** The smallest of 1, 2 or 5 times a power of ten that is at least `value`; 1 for zero. */
export function niceMaximum(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}
