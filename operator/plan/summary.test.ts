import { describe, expect, it } from '@jest/globals';
import type { ConverterPlan, Outcome } from './converter-plan.ts';
import { Summary } from './summary.ts';

function summaryOf(...plans: readonly (readonly [Outcome, replacesPods?: true])[]): Summary {
  const summary = new Summary();
  for (const [outcome, replacesPods = false] of plans) {
    const plan: Pick<ConverterPlan, 'outcome' | 'replacesPods'> = { outcome, replacesPods };
    summary.add(plan);
  }
  return summary;
}

describe('the summary', () => {
  it.each<[string, Summary]>([
    ['0 converters', summaryOf()],
    ['1 converter: 1 unchanged', summaryOf(['unchanged'])],
    [
      '3 converters: 2 changed (1 replaces its pods), 1 blocked',
      summaryOf(['changed'], ['blocked'], ['changed', true]),
    ],
    ['2 converters: 2 changed (2 replace their pods)', summaryOf(['changed', true], ['changed', true])],
    [
      '5 converters: 1 created, 1 paused, 1 being deleted, 1 unchanged, 1 failed',
      summaryOf(['failed'], ['deleting'], ['paused'], ['created'], ['unchanged']),
    ],
  ])('is: %s', (text, summary) => {
    expect(summary.toString()).toBe(text);
  });

  it.each<[number, string, Summary]>([
    [0, 'nothing changes', summaryOf(['unchanged'], ['paused'], ['deleting'])],
    [1, 'a converter is created', summaryOf(['unchanged'], ['created'])],
    [1, 'a converter changes', summaryOf(['changed'])],
    [1, 'a converter is blocked', summaryOf(['blocked'])],
    [2, 'one of several fails', summaryOf(['changed'], ['failed'])],
  ])('has the exit status %i if %s', (status, _title, summary) => {
    expect(summary.exitStatus).toBe(status);
  });

  it('has the exit status 2 after an error that is no converter', () => {
    const summary = summaryOf(['changed']);
    summary.addError();
    expect(summary.exitStatus).toBe(2);
    expect(summary.toJSON()).toMatchObject({ converters: 1, changed: 1, failed: 0, errors: 1 });
  });
});
