import type { ChildReport, ConverterPlan, FieldOrigin, PlannedField } from './converter-plan.ts';
import type { PlanPrinter } from './printer.ts';
import type { Summary } from './summary.ts';

const MAX_VALUE_LENGTH = 80;

type Color = keyof typeof COLORS;
const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1 } as const;

/** Prints plans for people: of each converter that is not unchanged, and the summary as the last line. */
export class TextPrinter implements PlanPrinter {
  readonly #out: (text: string) => void;
  readonly #isColored: boolean;

  constructor(out: (text: string) => void, options: { readonly isColored: boolean }) {
    this.#out = out;
    this.#isColored = options.isColored;
  }

  /** Prints one plan; a failure is an error message instead. */
  print(plan: ConverterPlan): void {
    if (plan.outcome === 'unchanged' || plan.outcome === 'failed') return;
    this.#out(`${[...this.#converter(plan)].join('\n')}\n\n`);
  }

  /** Prints the summary, unless an error is all there is. */
  end(summary: Summary): void {
    const { converters, errors } = summary.toJSON();
    if (converters === 0 && errors > 0) return;
    this.#out(`${summary.toString()}\n`);
  }

  *#converter({ namespace, name, outcome, resource, message, children, source, replacesPods }: ConverterPlan) {
    const what = outcome === 'deleting' ? 'being deleted' : outcome;
    const pods = replacesPods ? ' (replaces its pods)' : '';
    const from = source === undefined ? '' : ` (${source})`;
    yield this.#paint('bold', `TemperatureConverter ${namespace}/${name}: ${what}${pods}${from}`);
    if (message !== undefined) yield* indent(1, message);
    if (resource?.diff !== undefined) yield* this.#diff(resource.diff, `TemperatureConverter ${name}`);
    for (const child of children) yield* this.#child(child);
  }

  *#child({ kind, name, action, reason, message, fields, diff, consequences }: ChildReport) {
    yield `  ${kind} ${name}: ${this.#paint(colorOf(action), action)}${reason === undefined ? '' : ` (${reason})`}`;
    if (message !== undefined) yield* indent(2, message);
    if (diff !== undefined) yield* this.#diff(diff, `${kind} ${name}`);
    for (const field of fields) yield* indent(2, describeField(field));
    if (action !== 'unchanged') for (const consequence of consequences) yield* indent(2, consequence);
  }

  *#diff(diff: string, title: string) {
    yield* [`    --- ${title} (now)`, `    +++ ${title} (planned)`].map((line) => this.#paint('bold', line));
    for (const line of diff.trimEnd().split('\n')) yield this.#paint(colorOfLine(line), `    ${line}`);
  }

  #paint(color: Color | undefined, text: string): string {
    return this.#isColored && color !== undefined ? `\u001B[${COLORS[color]}m${text}\u001B[0m` : text;
  }
}

function describeField({ path, from, to, setBy }: PlannedField): string {
  return `${path}: ${describeChange(from, to)}${setBy === undefined ? '' : describeOrigin(setBy)}`;
}

function describeChange(from: unknown, to: unknown): string {
  if (from === undefined) return `${format(to)} is added`;
  return to === undefined ? `${format(from)} is removed` : `${format(from)} becomes ${format(to)}`;
}

function describeOrigin({ manager, operation, time }: FieldOrigin): string {
  return `; last set by ${manager} (${operation}${time === undefined ? '' : `, ${time}`})`;
}

function format(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

function colorOf(action: ChildReport['action']): Color | undefined {
  switch (action) {
    case 'created':
    case 'adopted':
      return 'green';
    case 'changed':
      return 'yellow';
    case 'blocked':
    case 'deleted':
      return 'red';
    case 'unchanged':
      return undefined;
  }
}

function colorOfLine(line: string): Color | undefined {
  if (line.startsWith('@@')) return 'cyan';
  if (line.startsWith('+')) return 'green';
  return line.startsWith('-') ? 'red' : undefined;
}

function indent(depth: number, text: string): readonly string[] {
  return text.split('\n').map((line) => `${'  '.repeat(depth)}${line}`);
}
