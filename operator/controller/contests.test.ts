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

describe('a child that is as desired', () => {
  const CONTESTED = { type: 'blocked', kind: 'Service', reason: 'Contested', message: 'x' } as const;
  const LAST = { contested: CONTESTED, ownedFields: {}, isSettled: true };

  function repairChild(times: number): void {
    for (let count = 0; count < times; count += 1) contests.noteRepair('u1', LAST);
  }

  it.each([
    [0, undefined],
    [5, undefined],
    [6, 15_000],
    [7, 25_000],
    [1000, 305_000],
  ])('is told of as contested after %d repairs for %s ms: the next wait, and a little more', (repairs, ms) => {
    repairChild(repairs);
    expect(contests.lingering('u1')).toEqual(ms === undefined ? undefined : { contested: CONTESTED, ms });
  });

  it('is not any more after that time', () => {
    repairChild(6);
    clock.advance(14_000);
    expect(contests.lingering('u1')?.ms).toBe(1000);
    clock.advance(1000);
    expect(contests.lingering('u1')).toBeUndefined();
  });

  it('is not any more once it was written for a new spec', () => {
    repairChild(20);
    contests.noteUnsettled('u1', STATE);
    contests.noteUpdate('u1', 3);
    expect(contests.lingering('u1')).toBeUndefined();
    expect([contests.waitMs('u1'), contests.unsettledMs('u1', STATE)]).toEqual([0, 0]);
  });
});

describe('the spec that a child was written for', () => {
  it('is known through later repairs, for ten minutes after the last', () => {
    expect(contests.isWrittenFor('u1', 3)).toBe(false);
    contests.noteUpdate('u1', 3);
    clock.advance(10 * MINUTE_MS);
    repair(1);
    clock.advance(10 * MINUTE_MS);
    expect([2, 3, 4].map((generation) => contests.isWrittenFor('u1', generation))).toEqual([false, true, false]);
    expect(contests.isWrittenFor('u2', 3)).toBe(false);
    clock.advance(1);
    expect(contests.isWrittenFor('u1', 3)).toBe(false);
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
