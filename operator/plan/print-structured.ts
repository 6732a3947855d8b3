import { dump } from 'js-yaml';
import type { ConverterPlan } from './converter-plan.ts';
import type { PlanPrinter } from './printer.ts';
import type { Summary } from './summary.ts';

/** The version of the format that docs/plan.md documents. */
const TYPE = { apiVersion: 'plan.temperature-converter.io/v1', kind: 'Plan' } as const;

const YAML = { lineWidth: 1_000_000, noRefs: true } as const;

/** Prints all plans as one JSON document. */
export class JsonPrinter implements PlanPrinter {
  readonly #out: (text: string) => void;
  #count = 0;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  /** Prints one plan. */
  print(plan: ConverterPlan): void {
    this.#out(`${this.#start()}\n${indent(JSON.stringify(plan, undefined, 2), 4)}`);
    this.#count += 1;
  }

  /** Prints the summary. */
  end(summary: Summary): void {
    const start = this.#count === 0 ? this.#start() : '\n  ';
    this.#out(`${start}],\n  "summary": ${indent(JSON.stringify(summary, undefined, 2), 2).trimStart()}\n}\n`);
  }

  #start(): string {
    if (this.#count > 0) return ',';
    return `{\n  "apiVersion": "${TYPE.apiVersion}",\n  "kind": "${TYPE.kind}",\n  "converters": [`;
  }
}

/** Prints all plans as one YAML document. */
export class YamlPrinter implements PlanPrinter {
  readonly #out: (text: string) => void;
  #isStarted = false;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  /** Prints one plan. */
  print(plan: ConverterPlan): void {
    if (!this.#isStarted) this.#out(`${dump(TYPE, YAML)}converters:\n`);
    this.#isStarted = true;
    this.#out(indent(dump([plan], YAML).trimEnd(), 2) + '\n');
  }

  /** Prints the summary. */
  end(summary: Summary): void {
    if (!this.#isStarted) this.#out(`${dump(TYPE, YAML)}converters: []\n`);
    this.#out(dump({ summary: summary.toJSON() }, YAML));
  }
}

function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}
