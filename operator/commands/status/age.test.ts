import { describe, expect, it } from '@jest/globals';
import { formatAge } from './age.ts';

const NOW = new Date('2026-01-31T12:00:00Z');
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('formatAge', () => {
  // The values of HumanDuration in k8s.io/apimachinery/pkg/util/duration.
  it.each([
    [0, '0s'],
    [119, '119s'],
    [2 * MINUTE, '2m'],
    [3 * MINUTE + 20, '3m20s'],
    [10 * MINUTE + 20, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + 5 * MINUTE, '3h5m'],
    [8 * HOUR + 5 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [2 * DAY, '2d'],
    [2 * DAY + HOUR, '2d1h'],
    [8 * DAY + HOUR, '8d'],
    [729 * DAY, '729d'],
    [730 * DAY, '2y'],
    [731 * DAY, '2y1d'],
    [8 * 365 * DAY + DAY, '8y'],
  ])('writes %d seconds as %s', (seconds, age) => {
    expect(formatAge(new Date(NOW.getTime() - seconds * 1000).toISOString(), NOW)).toBe(age);
  });

  it('writes a time in the future as 0s, for a clock that is behind', () => {
    expect(formatAge('2026-01-31T12:00:05Z', NOW)).toBe('0s');
  });

  it.each([undefined, 'yesterday', '1970-01-01T00:00:00Z'])('writes %s as unknown', (time) => {
    expect(formatAge(time, NOW)).toBe('-');
  });
});
