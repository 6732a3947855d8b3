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
  it('are changed ones before due ones, each lane in order', () => {
    keys.add('due-1', 'due');
    keys.add('changed-1', 'changed');
    keys.add('due-2', 'due');
    keys.add('changed-2', 'changed');
    expect(takeAll()).toEqual(['changed-1', 'changed-2', 'due-1', 'due-2']);
    expect(keys.take()).toBeUndefined();
  });

  it('are there once: a due key that changes becomes a changed one, a changed one stays what it is', () => {
    keys.add('a', 'due');
    keys.add('b', 'changed');
    keys.add('a', 'changed');
    keys.add('b', 'due');
    expect(keys.size).toBe(2);
    expect(takeAll()).toEqual(['b', 'a']);
  });

  it('count as passed over only while a due one waits', () => {
    for (const key of ['1', '2', '3']) keys.add(key, 'changed');
    keys.take();
    keys.take();
    keys.add('due', 'due');
    for (const key of ['4', '5', '6', '7']) keys.add(key, 'changed');
    expect(takeAll()).toEqual(['3', '4', '5', '6', 'due', '7']);
  });

  it('can all be dropped', () => {
    keys.add('a', 'due');
    keys.add('b', 'changed');
    keys.clear();
    expect([keys.size, keys.take()]).toEqual([0, undefined]);
  });
});
