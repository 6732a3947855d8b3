import { beforeEach, describe, expect, it } from '@jest/globals';
import { ReadyKeys } from './ready-keys.ts';

let keys: ReadyKeys<string>;

beforeEach(() => {
  keys = new ReadyKeys();
});

/** Takes all keys in order. */
function takeAll(): (string | undefined)[] {
  const taken: (string | undefined)[] = [];
  while (keys.size > 0) taken.push(keys.take());
  return taken;
}

describe('ready keys', () => {
  it('are taken events first, in order within each priority', () => {
    keys.add('retry-1', 'retry');
    keys.add('event-1', 'event');
    keys.add('retry-2', 'retry');
    keys.add('event-2', 'event');
    expect(takeAll()).toEqual(['event-1', 'event-2', 'retry-1', 'retry-2']);
    expect(keys.take()).toBeUndefined();
  });

  it('are unique: an event upgrades a waiting retry, and a retry does not downgrade a waiting event', () => {
    keys.add('a', 'retry');
    keys.add('b', 'event');
    keys.add('a', 'event');
    keys.add('b', 'retry');
    expect(keys.size).toBe(2);
    expect(takeAll()).toEqual(['b', 'a']);
  });

  it('yield to a retry only after four events were taken while it waited', () => {
    for (const key of ['1', '2', '3']) keys.add(key, 'event');
    keys.take();
    keys.take();
    keys.add('retry', 'retry');
    for (const key of ['4', '5', '6', '7']) keys.add(key, 'event');
    expect(takeAll()).toEqual(['3', '4', '5', '6', 'retry', '7']);
  });

  it('are all removed by clear', () => {
    keys.add('a', 'retry');
    keys.add('b', 'event');
    keys.clear();
    expect([keys.size, keys.take()]).toEqual([0, undefined]);
  });
});
