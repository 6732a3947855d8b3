import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { TokenBucket } from './token-bucket.ts';

let clock: FakeClock;
let bucket: TokenBucket;

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(12_345);
  bucket = new TokenBucket({ burst: 3, refillMs: 100 }, clock);
});

/** Takes all available tokens and returns their number. */
function takeAll(): number {
  let taken = 0;
  while (bucket.take()) taken += 1;
  return taken;
}

describe('a token bucket', () => {
  it('starts full', () => {
    expect(takeAll()).toBe(3);
  });

  it.each([
    [99, 0],
    [100, 1],
    [250, 2],
    [300, 3],
    [100_000, 3],
  ])('is refilled after %d ms with %d tokens, at most its burst', (afterMs, tokens) => {
    takeAll();
    clock.advance(afterMs);
    expect(takeAll()).toBe(tokens);
  });

  it('keeps the fraction of a token that is already refilled', () => {
    takeAll();
    clock.advance(150);
    expect(takeAll()).toBe(1);
    clock.advance(50);
    expect(takeAll()).toBe(1);
  });

  it('reserves future tokens one after another', () => {
    const waits = Array.from({ length: 6 }, () => bucket.reserve());
    expect(waits).toEqual([0, 0, 0, 100, 200, 300]);
    clock.advance(250);
    expect([bucket.take(), bucket.reserve()]).toEqual([false, 150]);
  });

  it.each([
    [0, 0, 0],
    [2, 0, 200],
    [3, 100, 300],
  ])('after %d of 3 tokens are taken, has the next one in %d ms and is full in %d ms', (tokens, waitMs, fullInMs) => {
    for (let taken = 0; taken < tokens; taken += 1) bucket.take();
    expect([bucket.waitMs, bucket.fullInMs]).toEqual([waitMs, fullInMs]);
  });

  it('is refilled over time and stays full', () => {
    takeAll();
    clock.advance(30);
    expect([bucket.waitMs, bucket.fullInMs]).toEqual([70, 270]);
    clock.advance(70);
    expect([bucket.waitMs, bucket.fullInMs]).toEqual([0, 200]);
    clock.advance(1000);
    expect([bucket.waitMs, bucket.fullInMs]).toEqual([0, 0]);
  });

  it('takes no token to compute the wait', () => {
    expect([bucket.waitMs, bucket.fullInMs, takeAll()]).toEqual([0, 0, 3]);
  });

  it('is not drained further by a take that finds no token', () => {
    takeAll();
    expect([bucket.take(), bucket.waitMs, bucket.fullInMs]).toEqual([false, 100, 300]);
  });
});
