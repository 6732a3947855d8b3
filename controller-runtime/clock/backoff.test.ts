import { describe, expect, it } from '@jest/globals';
import { assert, double, integer, property } from 'fast-check';
import { computeBackoffMs } from './backoff.ts';

const POLICY = { initialMs: 100, maximumMs: 1000 };
const lowest = (): number => 0;
const highest = (): number => 1 - Number.EPSILON;

describe('computeBackoffMs', () => {
  it.each([
    [1, 50, 100],
    [2, 100, 200],
    [3, 200, 400],
    [4, 400, 800],
    [5, 500, 1000],
    [6, 500, 1000],
    [1_000_000, 500, 1000],
  ])('after %d failures returns a delay from %d to %d ms', (failures, from, to) => {
    expect(computeBackoffMs(POLICY, failures, lowest)).toBe(from);
    expect(computeBackoffMs(POLICY, failures, highest)).toBeCloseTo(to, 6);
  });

  it('never exceeds the maximum and is never less than half of the initial delay', () => {
    const random = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    assert(
      property(integer({ min: 1 }), random, (failures, drawn) => {
        const delayMs = computeBackoffMs(POLICY, failures, () => drawn);
        expect(delayMs).toBeGreaterThanOrEqual(50);
        expect(delayMs).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
