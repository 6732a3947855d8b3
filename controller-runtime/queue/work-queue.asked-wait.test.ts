import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../testing/fake-clock.ts';
import { WorkQueue } from './work-queue.ts';

const POLICY = { initialMs: 100, maximumMs: 60_000 };
const most = (): number => 1 - Number.EPSILON;

let clock: FakeClock;
let queue: WorkQueue<string>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: most });
});

describe('a wait that the server asks for', () => {
  it('is not cut short by a change', () => {
    queue.addAfterFailure('a', POLICY, 'retry', 5000);
    clock.advance(2000);
    queue.add('a', 'changed');
    expect([queue.length, clock.delaysMs]).toEqual([0, [3000]]);
    clock.advance(3000);
    expect(queue.length).toBe(1);
  });

  it('is not cut short by what changed during the work', async () => {
    queue.add('a', 'x');
    await queue.take();
    queue.add('a', 'changed meanwhile');
    queue.addAfterFailure('a', POLICY, 'retry', 5000);
    queue.done('a');
    expect([queue.length, clock.delaysMs]).toEqual([0, [5000]]);
    clock.advance(5000);
    expect(await queue.take()).toMatchObject({ key: 'a' });
  });

  it('is all that a change waits for, where the backoff is longer', async () => {
    for (let failures = 0; failures < 9; failures += 1) clock.advance(queue.addAfterFailure('a', POLICY, 'retry'));
    await queue.take();
    queue.addAfterFailure('a', POLICY, 'retry', 5000);
    queue.done('a');
    queue.add('a', 'changed');
    clock.advance(5000);
    expect(await queue.take()).toMatchObject({ key: 'a', causes: ['changed'] });
  });

  it('holds up no other key, and none once it is over or was forgotten', () => {
    queue.addAfterFailure('a', POLICY, 'retry', 5000);
    queue.addAfterFailure('b', POLICY, 'retry', 5000);
    queue.forget('b');
    for (const key of ['b', 'c']) queue.add(key, 'changed');
    expect(queue.length).toBe(2);
    clock.advance(5000);
    queue.add('a', 'changed');
    expect(queue.length).toBe(3);
  });
});
