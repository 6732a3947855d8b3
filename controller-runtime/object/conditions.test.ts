import { describe, expect, it } from '@jest/globals';
import { buildConditions, type Condition, type ConditionState } from './conditions.ts';

const EARLIER = '2026-01-01T00:00:00Z';
const NOW = new Date('2026-01-02T03:04:05.678Z');
const AVAILABLE: ConditionState = { type: 'Available', status: 'True', reason: 'Serving', message: 'It serves.' };

const conditionOf = (conditions: readonly Condition[], message = AVAILABLE.message): Condition | undefined =>
  buildConditions({ metadata: { generation: 3 }, status: { conditions } }, [{ ...AVAILABLE, message }], NOW)[0];

describe('buildConditions', () => {
  it('sets the generation and the time in whole seconds', () => {
    expect(buildConditions({ metadata: { generation: 3 } }, [AVAILABLE], NOW)).toEqual([
      { ...AVAILABLE, observedGeneration: 3, lastTransitionTime: '2026-01-02T03:04:05Z' },
    ]);
  });

  it.each([
    ['keeps the time while the status is unchanged, regardless of the reason', { reason: 'Other' }, EARLIER],
    ['sets the current time if the status changes', { status: 'False' }, '2026-01-02T03:04:05Z'],
    ['sets the current time if there is no condition of this type', { type: 'Ready' }, '2026-01-02T03:04:05Z'],
  ] as const)('%s', (_what, change, expected) => {
    const previous: Condition = { ...AVAILABLE, lastTransitionTime: EARLIER, ...change };
    expect(conditionOf([previous])?.lastTransitionTime).toBe(expected);
  });

  it('truncates a message to the length that the API allows, between two characters', () => {
    expect(conditionOf([], 'é'.repeat(40_000))?.message).toHaveLength(32_768);
    expect(conditionOf([], `${'x'.repeat(32_766)}😀😀`)?.message.isWellFormed()).toBe(true);
  });
});
