import { beforeEach, describe, expect, it } from '@jest/globals';
import { ReadyKeys } from './ready-keys.ts';

let keys: ReadyKeys<string>;

beforeEach(() => {
  keys = new ReadyKeys();
});

/** Takes every key, in the order in which it comes. */
function takeAll(): (string | undefined)[] {
  const taken: (string | undefined)[] = [];
  while (keys.size > 0) taken.push(keys.take());
  return taken;
}

describe('ready keys', () => {
  it('are changed ones before due ones, each priority in order', () => {
    keys.add('due-1', 'retry');
    keys.add('changed-1', 'event');
    keys.add('due-2', 'retry');
    keys.add('changed-2', 'event');
    expect(takeAll()).toEqual(['changed-1', 'changed-2', 'due-1', 'due-2']);
    expect(keys.take()).toBeUndefined();
  });

  it('are there once: a due key that changes becomes a changed one, a changed one stays what it is', () => {
    keys.add('a', 'retry');
    keys.add('b', 'event');
    keys.add('a', 'event');
    keys.add('b', 'retry');
    expect(keys.size).toBe(2);
    expect(takeAll()).toEqual(['b', 'a']);
  });

  it('count as passed over only while a due one waits', () => {
    for (const key of ['1', '2', '3']) keys.add(key, 'event');
    keys.take();
    keys.take();
    keys.add('retry', 'retry');
    for (const key of ['4', '5', '6', '7']) keys.add(key, 'event');
    expect(takeAll()).toEqual(['3', '4', '5', '6', 'retry', '7']);
  });

  it('can all be dropped', () => {
    keys.add('a', 'retry');
    keys.add('b', 'event');
    keys.clear();
    expect([keys.size, keys.take()]).toEqual([0, undefined]);
  });
});
