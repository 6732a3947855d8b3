const CONTEXT = 3;

/** One line of a diff: kept, removed or added. */
interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
  /** Its indexes in both texts; of the next line where it is in only one of them. */
  readonly before: number;
  readonly after: number;
}

/**
 * Returns the unified diff of two texts, or an empty one if they are the same. `heading` is the heading of a hunk, by the text
 * and the index of its first changed line.
 */
export function unifiedDiff(
  before: string,
  after: string,
  heading: (lines: readonly string[], index: number) => string,
): string {
  const [left, right] = [linesOf(before), linesOf(after)];
  const lines = align(left, right);
  return hunksOf(lines)
    .map((hunk) => formatHunk(hunk, headingOf(hunk, { left, right }, heading)))
    .join('');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Aligns two texts by their longest common subsequence of lines. */
function align(left: readonly string[], right: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  const middle = alignMiddle(left.slice(start, left.length - end), right.slice(start, right.length - end), start);
  const kept = (count: number, before: number, after: number): readonly Line[] =>
    left
      .slice(before, before + count)
      .map((text, index) => ({ sign: ' ', text, before: before + index, after: after + index }));
  return [...kept(start, 0, 0), ...middle, ...kept(end, left.length - end, right.length - end)];
}

function alignMiddle(left: readonly string[], right: readonly string[], offset: number): readonly Line[] {
  const lengths = commonLengths(left, right);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const sign = i < left.length && left[i] === right[j] ? ' ' : changeAt(lengths, { i, j, left, right });
    lines.push({ sign, text: (sign === '+' ? right[j] : left[i]) ?? '', before: offset + i, after: offset + j });
    if (sign !== '+') i += 1;
    if (sign !== '-') j += 1;
  }
  return lines;
}

/** Whether a line of the first text is removed next, or one of the second text added. */
function changeAt(
  lengths: readonly Uint32Array[],
  { i, j, left, right }: { i: number; j: number; left: readonly string[]; right: readonly string[] },
): '-' | '+' {
  if (j === right.length) return '-';
  if (i === left.length) return '+';
  return lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1) ? '-' : '+';
}

/** The length of the longest common subsequence of each pair of ends of the texts. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const length =
        left[i] === right[j]
          ? lengthAt(lengths, i + 1, j + 1) + 1
          : Math.max(lengthAt(lengths, i + 1, j), lengthAt(lengths, i, j + 1));
      const row = lengths[i];
      if (row !== undefined) row[j] = length;
    }
  }
  return lengths;
}

function lengthAt(lengths: readonly Uint32Array[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

function hunksOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const changed = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]));
  const ranges: [from: number, to: number][] = [];
  for (const index of changed) {
    const last = ranges.at(-1);
    if (last !== undefined && index - CONTEXT <= last[1]) last[1] = index + CONTEXT + 1;
    else ranges.push([Math.max(0, index - CONTEXT), index + CONTEXT + 1]);
  }
  return ranges.map(([from, to]) => lines.slice(from, to));
}

function headingOf(
  lines: readonly Line[],
  { left, right }: { left: readonly string[]; right: readonly string[] },
  heading: (lines: readonly string[], index: number) => string,
): string {
  const first = lines.find(({ sign }) => sign !== ' ');
  if (first === undefined) return '';
  return first.sign === '-' ? heading(left, first.before) : heading(right, first.after);
}

function formatHunk(lines: readonly Line[], heading: string): string {
  const [first] = lines;
  if (first === undefined) return '';
  const left = lines.filter(({ sign }) => sign !== '+').length;
  const right = lines.filter(({ sign }) => sign !== '-').length;
  const head = `@@ -${range(first.before, left)} +${range(first.after, right)} @@${heading === '' ? '' : ` ${heading}`}`;
  return [head, ...lines.map(({ sign, text }) => sign + text)].map((line) => `${line}\n`).join('');
}

function range(start: number, count: number): string {
  return `${count === 0 ? start : start + 1},${count}`;
}
