import type { ConverterPlan } from './converter-plan.ts';
import type { Summary } from './summary.ts';

/** Prints the plans of a run one by one, so that none of them is kept. */
export interface PlanPrinter {
  print(plan: ConverterPlan): void;
  /** Called once, after the last plan. */
  end(summary: Summary): void;
}
