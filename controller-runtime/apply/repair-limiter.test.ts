import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { RepairLimiter } from './repair-limiter.ts';

const SERVICE = 'Service blue/web';

let clock: FakeClock;
let limiter: RepairLimiter<string>;

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(12_345);
  limiter = new RepairLimiter(clock);
});

/** Repairs one field this many times. */
function repair(times: number, field = 'spec.type', object = SERVICE): void {
  for (let count = 0; count < times; count += 1) limiter.note(object, [field]);
}

describe('the repairs of a field', () => {
  it.each([
    [0, 0],
    [1, 0],
    [3, 0],
    [4, 5000],
    [5, 5000],
  ])('after %d at once, the next one is allowed in %d ms', (times, waitMs) => {
    repair(times);
    expect(limiter.waitMs(SERVICE, ['spec.type'])).toBe(waitMs);
  });

  it('are allowed every five seconds after that', () => {
    repair(4);
    for (let count = 0; count < 3; count += 1) {
      clock.advance(4999);
      expect(limiter.waitMs(SERVICE, ['spec.type'])).toBe(1);
      clock.advance(1);
      expect(limiter.waitMs(SERVICE, ['spec.type'])).toBe(0);
      repair(1);
    }
  });

  it.each([
    [5000, 1],
    [12_000, 2],
    [20_000, 4],
    [3_600_000, 4],
  ])('%d ms after four at once, %d at once are allowed', (afterMs, allowed) => {
    repair(4);
    clock.advance(afterMs);
    let count = 0;
    for (; limiter.waitMs(SERVICE, ['spec.type']) === 0; count += 1) repair(1);
    expect(count).toBe(allowed);
  });

  it.each([
    ['another field of the object', SERVICE, 'spec.selector'],
    ['the same field of another object', 'Service blue/api', 'spec.type'],
    ['the same field of another kind', 'Deployment blue/web', 'spec.type'],
  ])('do not delay those of %s', (_case, object, field) => {
    repair(10);
    expect(limiter.waitMs(object, [field])).toBe(0);
  });

  it('follow another policy if one is given', () => {
    limiter = new RepairLimiter(clock, { burst: 1, refillMs: 60_000 });
    repair(1);
    expect(limiter.waitMs(SERVICE, ['spec.type'])).toBe(60_000);
  });
});

describe('a write that repairs several fields', () => {
  it('is allowed if one of them may be repaired', () => {
    repair(4);
    expect(limiter.waitMs(SERVICE, ['spec.type', 'spec.selector'])).toBe(0);
  });

  it('is delayed until the first of them may be repaired', () => {
    repair(4, 'spec.type');
    clock.advance(2000);
    repair(4, 'spec.selector');
    expect(limiter.waitMs(SERVICE, ['spec.selector', 'spec.type'])).toBe(3000);
  });

  it('counts for each of them', () => {
    for (let count = 0; count < 4; count += 1) limiter.note(SERVICE, ['spec.type', 'spec.selector']);
    expect(['spec.type', 'spec.selector'].map((field) => limiter.waitMs(SERVICE, [field]))).toEqual([5000, 5000]);
  });

  it('does not further delay a field that may not be repaired yet', () => {
    repair(4);
    limiter.note(SERVICE, ['spec.type', 'spec.selector']);
    expect(limiter.waitMs(SERVICE, ['spec.type'])).toBe(5000);
  });
});

describe('a contested field', () => {
  it.each([0, 1, 4, 9])('does not exist after %d repairs if none of them was delayed', (times) => {
    repair(times);
    expect(limiter.contested(SERVICE)).toBeUndefined();
  });

  it('stays contested until 20 seconds after the last repair', () => {
    repair(4);
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    expect(limiter.contested(SERVICE)).toEqual({ field: 'spec.type', by: 'kubectl-edit', remainingMs: 20_000 });
    clock.advance(5000);
    repair(1);
    expect(limiter.contested(SERVICE)?.remainingMs).toBe(20_000);
    clock.advance(19_999);
    expect(limiter.contested(SERVICE)?.remainingMs).toBe(1);
    clock.advance(1);
    expect(limiter.contested(SERVICE)).toBeUndefined();
  });

  it('is not contested again by repairs that are not delayed', () => {
    repair(4);
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    clock.advance(20_000);
    repair(4);
    expect(limiter.contested(SERVICE)).toBeUndefined();
  });

  it('keeps the writer of the change whose repair was delayed first', () => {
    repair(4);
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    limiter.contest(SERVICE, 'spec.type', 'helm');
    expect(limiter.contested(SERVICE)).toMatchObject({ by: 'kubectl-edit' });
  });

  it('belongs to one object only', () => {
    repair(4);
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    expect(limiter.contested('Deployment blue/web')).toBeUndefined();
  });

  it('is reported regardless of the number of other repaired fields', () => {
    repair(1, 'spec.selector');
    repair(4);
    repair(1, 'spec.ports');
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    expect(limiter.contested(SERVICE)).toMatchObject({ field: 'spec.type' });
  });

  it('does not exist without a repair', () => {
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    repair(1, 'spec.selector');
    limiter.contest(SERVICE, 'spec.type', 'kubectl-edit');
    expect(limiter.contested(SERVICE)).toBeUndefined();
  });
});

describe('forget', () => {
  it('drops all repairs and contested fields of one object, and of no other', () => {
    for (const object of [SERVICE, 'Deployment blue/web']) {
      repair(4, 'spec.type', object);
      limiter.contest(object, 'spec.type', 'kubectl-edit');
    }
    limiter.forget(SERVICE);
    expect([limiter.waitMs(SERVICE, ['spec.type']), limiter.contested(SERVICE)]).toEqual([0, undefined]);
    expect(limiter.waitMs('Deployment blue/web', ['spec.type'])).toBe(5000);
    expect(limiter.contested('Deployment blue/web')).toMatchObject({ field: 'spec.type' });
  });
});
