import { beforeEach, describe, expect, it } from '@jest/globals';
import { HandDrivenClock } from './hand-driven-clock.ts';
import { TokenBucket } from './token-bucket.ts';

let clock: HandDrivenClock;
let bucket: TokenBucket;

beforeEach(() => {
  clock = new HandDrivenClock();
  clock.advance(12_345);
  bucket = new TokenBucket({ burst: 3, refillMs: 100 }, clock);
});

/** How many can be taken now. */
function takeAll(): number {
  let taken = 0;
  while (bucket.take()) taken += 1;
  return taken;
}

describe('a token bucket', () => {
  it('is full to begin with', () => {
    expect(takeAll()).toBe(3);
  });

  it.each([
    [99, 0],
    [100, 1],
    [250, 2],
    [300, 3],
    [100_000, 3],
  ])('after %d ms has %d again, and never more than it holds', (afterMs, tokens) => {
    takeAll();
    clock.advance(afterMs);
    expect(takeAll()).toBe(tokens);
  });

  it('keeps what has come of the next one', () => {
    takeAll();
    clock.advance(150);
    expect(takeAll()).toBe(1);
    clock.advance(50);
    expect(takeAll()).toBe(1);
  });

  it('gives out those that are still to come, one after the other', () => {
    const waits = Array.from({ length: 6 }, () => bucket.reserve());
    expect(waits).toEqual([0, 0, 0, 100, 200, 300]);
    clock.advance(250);
    expect([bucket.take(), bucket.reserve()]).toEqual([false, 150]);
  });
});
