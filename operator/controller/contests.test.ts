import { beforeEach, describe, expect, it } from '@jest/globals';
import { HandDrivenClock } from '../runtime/hand-driven-clock.ts';
import { Contests } from './contests.ts';

const MINUTE_MS = 60_000;
const STATE = { resourceVersion: '7', generation: 2 };

let clock: HandDrivenClock;
let contests: Contests;

beforeEach(() => {
  clock = new HandDrivenClock();
  contests = new Contests(clock);
});

function repair(times: number, uid = 'u1'): void {
  for (let count = 0; count < times; count += 1) contests.noteRepair(uid);
}

describe('a repair', () => {
  it.each([
    [0, 0],
    [1, 0],
    [4, 0],
    [5, 5000],
    [6, 10_000],
    [7, 20_000],
    [10, 160_000],
    [11, 300_000],
    [1000, 300_000],
  ])('after %d in a row waits %d ms', (repairs, waitMs) => {
    repair(repairs);
    expect(contests.waitMs('u1')).toBe(waitMs);
  });

  it('waits from the last one on', () => {
    repair(6);
    clock.advance(4000);
    expect(contests.waitMs('u1')).toBe(6000);
    clock.advance(6000);
    expect(contests.waitMs('u1')).toBe(0);
    repair(1);
    expect(contests.waitMs('u1')).toBe(20_000);
  });

  it('begins a new row after more than ten minutes', () => {
    repair(20);
    clock.advance(10 * MINUTE_MS);
    repair(1);
    expect(contests.waitMs('u1')).toBe(300_000);
    clock.advance(10 * MINUTE_MS + 1);
    expect(contests.waitMs('u1')).toBe(0);
    repair(4);
    expect(contests.waitMs('u1')).toBe(0);
  });

  it('is of one object alone', () => {
    repair(20, 'u1');
    expect(contests.waitMs('u2')).toBe(0);
  });
});

describe('an object that a write did not bring to what is desired', () => {
  it('is not written again for five minutes while it is as it was', () => {
    expect(contests.noteUnsettled('u1', STATE)).toBe(5 * MINUTE_MS);
    clock.advance(MINUTE_MS);
    expect(contests.unsettledMs('u1', STATE)).toBe(4 * MINUTE_MS);
    clock.advance(5 * MINUTE_MS);
    expect(contests.unsettledMs('u1', STATE)).toBe(0);
  });

  it.each([
    ['the object has changed', 'u1', { ...STATE, resourceVersion: '8' }],
    ['the spec has changed', 'u1', { ...STATE, generation: 3 }],
    ['it is another object', 'u2', STATE],
  ])('is written at once when %s', (_case, uid, state) => {
    contests.noteUnsettled('u1', STATE);
    expect(contests.unsettledMs(uid, state)).toBe(0);
  });
});

describe('forget', () => {
  it('drops all that is known of an object', () => {
    repair(20);
    contests.noteUnsettled('u1', STATE);
    contests.forget('u1');
    expect([contests.waitMs('u1'), contests.unsettledMs('u1', STATE)]).toEqual([0, 0]);
  });
});
