import { describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from './clock.ts';
import { FakeClock } from '../testing/fake-clock.ts';

describe('sleep', () => {
  it('resolves after the delay', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    const sleeping = sleep(clock, 100, new AbortController().signal).then(() => order.push('resolved'));
    clock.advance(99);
    await Promise.resolve();
    order.push('99 ms');
    clock.advance(1);
    await sleeping;
    expect(order).toEqual(['99 ms', 'resolved']);
  });

  it('resolves and cancels its timer as soon as the signal is aborted', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    controller.abort();
    await sleeping;
    expect(clock.delaysMs).toEqual([]);
  });

  it('starts no timer if the signal is already aborted', async () => {
    const clock = new FakeClock();
    await sleep(clock, 100, AbortSignal.abort());
    expect(clock.delaysMs).toEqual([]);
  });
});

describe('systemClock', () => {
  it('calls the callback after the delay, unless the timer is canceled', async () => {
    const called: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const startMs = systemClock.monotonicMs();
    const cancel = systemClock.schedule(1, () => called.push('canceled'));
    systemClock.schedule(20, () => {
      called.push('due');
      resolve();
    });
    cancel();
    cancel();
    await promise;
    expect(called).toEqual(['due']);
    // Timers have a resolution of one millisecond.
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19);
  });

  it('returns the time of day', () => {
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
  });
});
