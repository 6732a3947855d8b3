import type { Paint, Style } from './styles.ts';
import { printable, wrapText } from './text.ts';

/** A cell of a table: a text, or a text with a style. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** How a text is laid out. */
export interface Layout {
  /** The number of characters of a line; infinite where nothing is wrapped. */
  readonly width: number;
  readonly paint: Paint;
}

const GAP = '  ';
/** A narrower last column is hard to read: its texts then follow on lines of their own. */
const NARROWEST_LAST_COLUMN = 32;
const INDENT = '    ';

/**
 * Formats a table as lines. The last column is wrapped to the width. Where little of the width is left for it, its texts
 * follow their row on lines of their own; where the other columns do not fit either, the first one has a line of its own.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: Layout,
): readonly string[] {
  const titles = header.map((text): Cell => ({ text, style: 'faint' }));
  const table = [titles, ...rows].map((row) => row.map(toPrintable));
  const widths = header.map((_, column) => Math.max(...table.map((row) => textOf(row[column]).length)));
  const left = widths.slice(0, -1).reduce((sum, columnWidth) => sum + columnWidth + GAP.length, 0);
  const available = width - left;
  const layout = { widths, left, width, paint };
  if ((widths.at(-1) ?? 0) <= available || available >= NARROWEST_LAST_COLUMN) {
    return trimLines(table.flatMap((row) => formatRow(row, layout)));
  }
  // The title of the last column would be alone on a line.
  const untitled = [[...titles.slice(0, -1), ''], ...table.slice(1)];
  const format = available + GAP.length >= 0 ? formatRowAbove : formatRowStacked;
  return trimLines(untitled.flatMap((row) => format(row, layout)));
}

interface RowLayout extends Layout {
  readonly widths: readonly number[];
  /** Where the last column starts. */
  readonly left: number;
}

function formatRow(row: readonly Cell[], { widths, left, width, paint }: RowLayout): readonly string[] {
  const last = row.at(-1) ?? '';
  const [first = '', ...others] = wrapText(textOf(last), width - left);
  const start = row.slice(0, -1).map((cell, column) => `${pad(cell, widths[column] ?? 0, paint)}${GAP}`);
  const paintLast = (text: string): string => paintCell(last, text, paint);
  return [`${start.join('')}${paintLast(first)}`, ...others.map((line) => `${' '.repeat(left)}${paintLast(line)}`)];
}

function formatRowAbove(row: readonly Cell[], layout: RowLayout): readonly string[] {
  const { widths, width, paint } = layout;
  const last = row.at(-1) ?? '';
  const start = row.slice(0, -1).map((cell, column) => pad(cell, widths[column] ?? 0, paint));
  const below = textOf(last) === '' ? [] : wrapText(textOf(last), width - INDENT.length);
  return [start.join(GAP), ...below.map((line) => `${INDENT}${paintCell(last, line, paint)}`)];
}

function formatRowStacked([first = '', ...others]: readonly Cell[], layout: RowLayout): readonly string[] {
  const inner = { ...layout, widths: layout.widths.slice(1), width: layout.width - INDENT.length };
  const below = formatRowAbove(others, inner).map((line) => `${INDENT}${line}`);
  return [paintCell(first, textOf(first), layout.paint), ...below];
}

function trimLines(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trimEnd());
}

function pad(cell: Cell, width: number, paint: Paint): string {
  const text = textOf(cell);
  return `${paintCell(cell, text, paint)}${' '.repeat(Math.max(0, width - text.length))}`;
}

function paintCell(cell: Cell, text: string, paint: Paint): string {
  return typeof cell === 'string' || text === '' ? text : paint(cell.style, text);
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  return typeof cell === 'string' ? cell : cell.text;
}

function toPrintable(cell: Cell): Cell {
  return typeof cell === 'string' ? printable(cell) : { ...cell, text: printable(cell.text) };
}
