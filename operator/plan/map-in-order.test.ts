import { describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { mapInOrder } from './map-in-order.ts';

async function collected<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe('mapInOrder', () => {
  it('yields the results in the order of the items, whichever is ready first', async () => {
    const results = mapInOrder([30, 0, 10], 3, async (ms) => {
      await pause(ms);
      return ms;
    });
    expect(await collected(results)).toEqual([30, 0, 10]);
  });

  it('works on no more items at once than allowed, and reads no more ahead', async () => {
    let [active, most, read] = [0, 0, 0];
    function* items(): Generator<number> {
      for (; read < 20; read += 1) yield read;
    }
    const results = mapInOrder(items(), 3, async (item) => {
      active += 1;
      most = Math.max(most, active);
      await pause(1);
      active -= 1;
      return item;
    });
    for await (const item of results) expect(read - item).toBeLessThanOrEqual(3);
    expect(most).toBe(3);
  });

  it('rejects with the first error in their order', async () => {
    const results = mapInOrder([1, 2], 2, async (item) => {
      await pause(item === 1 ? 10 : 0);
      throw new Error(`item ${item}`);
    });
    await expect(collected(results)).rejects.toThrow('item 1');
  });
});
