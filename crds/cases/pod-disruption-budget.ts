import type { AcceptedSpec, RejectedSpec } from './spec-case.ts';

const FIELD = 'spec.podDisruptionBudget.maxUnavailable';
const RULE = 'must be a number from 0 to 5, or a percentage from 0% to 100%';

/** Valid specs with a `podDisruptionBudget`. */
export const ACCEPTED: readonly AcceptedSpec[] = [0, 1, 5, '0%', '1%', '50%', '99%', '100%'].map((maxUnavailable) => ({
  title: `a budget of ${maxUnavailable}`,
  spec: { podDisruptionBudget: { maxUnavailable } },
}));

/** Invalid specs with a `podDisruptionBudget`. */
export const REJECTED: readonly RejectedSpec[] = [
  ...[-1, 6, '1', '', '%', '-1%', '101%', '01%', '1.5%', 'all', '1 %'].map((maxUnavailable) => ({
    title: `a budget of "${maxUnavailable}"`,
    spec: { podDisruptionBudget: { maxUnavailable } },
    errors: { [FIELD]: RULE },
  })),
  {
    title: 'a budget with a fraction',
    spec: { podDisruptionBudget: { maxUnavailable: 1.5 } },
    errors: { [FIELD]: 'must be of type integer' },
  },
  {
    title: 'a budget without a limit',
    spec: { podDisruptionBudget: {} },
    errors: { [FIELD]: 'Required value' },
  },
];
