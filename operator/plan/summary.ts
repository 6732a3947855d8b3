import type { ConverterPlan, Outcome } from './converter-plan.ts';

/** The outcomes, in the order in which the last line has them. */
const OUTCOMES: readonly Outcome[] = ['created', 'changed', 'blocked', 'paused', 'deleting', 'unchanged', 'failed'];
const WORDS: Readonly<Partial<Record<Outcome, string>>> = { deleting: 'being deleted' };

/** How many converters have an outcome. */
export interface Counts {
  readonly converters: number;
  /** Those whose pods are replaced. */
  readonly replacePods: number;
}

/** Counts the plans of a run. */
export class Summary {
  readonly #counts = new Map<Outcome, Counts>();
  #errors = 0;

  /** Counts a plan. */
  add({ outcome, replacesPods }: Pick<ConverterPlan, 'outcome' | 'replacesPods'>): void {
    const { converters, replacePods } = this.#of(outcome);
    this.#counts.set(outcome, {
      converters: converters + 1,
      replacePods: replacePods + (replacesPods ? 1 : 0),
    });
  }

  /** Counts an error that is no converter's, such as a file that cannot be read. */
  addError(): void {
    this.#errors += 1;
  }

  /** The counts of all outcomes, for JSON. */
  toJSON(): Readonly<Record<'converters' | 'replacePods' | 'errors' | Outcome, number>> {
    // SAFETY: the list has every outcome.
    const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, this.#of(outcome).converters])) as Record<
      Outcome,
      number
    >;
    return {
      converters: this.#sum('converters'),
      ...outcomes,
      replacePods: this.#sum('replacePods'),
      errors: this.#errors + this.#of('failed').converters,
    };
  }

  /** Such as `3 converters: 2 changed (1 replaces its pods), 1 blocked`. */
  toString(): string {
    const total = this.#sum('converters');
    const parts = OUTCOMES.filter((outcome) => this.#of(outcome).converters > 0).map((outcome) => {
      const { converters, replacePods } = this.#of(outcome);
      const isOne = replacePods === 1;
      const pods = replacePods === 0 ? '' : ` (${replacePods} ${isOne ? 'replaces its' : 'replace their'} pods)`;
      return `${converters} ${WORDS[outcome] ?? outcome}${pods}`;
    });
    return `${total} ${total === 1 ? 'converter' : 'converters'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
  }

  /** As `kubectl diff`: 0 without differences, 1 with some, 2 after an error. */
  get exitStatus(): number {
    const has = (...outcomes: readonly Outcome[]): boolean =>
      outcomes.some((outcome) => this.#of(outcome).converters > 0);
    if (this.#errors > 0 || has('failed')) return 2;
    return has('created', 'changed', 'blocked') ? 1 : 0;
  }

  #of(outcome: Outcome): Counts {
    return this.#counts.get(outcome) ?? { converters: 0, replacePods: 0 };
  }

  #sum(count: keyof Counts): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + counts[count], 0);
  }
}
