import { describe, expect, it } from '@jest/globals';
import { sleep, systemClock } from './clock.ts';
import { FakeClock } from '../testing/fake-clock.ts';

describe('sleep', () => {
  it('lasts until its time has come', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    const sleeping = sleep(clock, 100, new AbortController().signal).then(() => order.push('woke'));
    clock.advance(99);
    await Promise.resolve();
    order.push('99 ms');
    clock.advance(1);
    await sleeping;
    expect(order).toEqual(['99 ms', 'woke']);
  });

  it('ends as soon as the signal fires, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 100, controller.signal);
    controller.abort();
    await sleeping;
    expect(clock.delaysMs).toEqual([]);
  });

  it('does not begin once the signal has fired', async () => {
    const clock = new FakeClock();
    await sleep(clock, 100, AbortSignal.abort());
    expect(clock.delaysMs).toEqual([]);
  });
});

describe('systemClock', () => {
  it('calls back when the time has come, unless it is taken back', async () => {
    const called: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const begunMs = systemClock.monotonicMs();
    const cancel = systemClock.schedule(1, () => called.push('cancelled'));
    systemClock.schedule(20, () => {
      called.push('due');
      resolve();
    });
    cancel();
    cancel();
    await promise;
    expect(called).toEqual(['due']);
    // Timers count whole milliseconds.
    expect(systemClock.monotonicMs() - begunMs).toBeGreaterThanOrEqual(19);
  });

  it('tells the time of day', () => {
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
  });
});
