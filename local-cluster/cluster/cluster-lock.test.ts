import { describe, expect, it } from '@jest/globals';
import { withClusterLock } from './cluster-lock.ts';

describe('the lock of a cluster', () => {
  it('runs one action after the other, and logs that it waits', async () => {
    const events: string[] = [];
    const entered = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    const first = withClusterLock(
      '/state/lock-test',
      () => {},
      async () => {
        events.push('first in');
        entered.resolve(undefined);
        await gate.promise;
        events.push('first out');
      },
    );
    await entered.promise;
    const second = withClusterLock(
      '/state/lock-test',
      (line) => {
        events.push(line);
        gate.resolve(undefined);
      },
      async () => {
        events.push('second in');
      },
    );
    await Promise.all([first, second]);
    expect(events).toEqual([
      'first in',
      'waiting for another command on this cluster to finish',
      'first out',
      'second in',
    ]);
  });

  it('is released when the action fails, and is separate for each cluster', async () => {
    const failing = withClusterLock(
      '/state/lock-test',
      () => {},
      () => Promise.reject(new Error('broken')),
    );
    await expect(failing).rejects.toThrow('broken');
    const nested = withClusterLock(
      '/state/lock-test',
      () => {},
      () =>
        withClusterLock(
          '/state/other-lock-test',
          () => {},
          () => Promise.resolve('both'),
        ),
    );
    await expect(nested).resolves.toBe('both');
  });

  it('stops waiting when the signal is aborted', async () => {
    const cancel = new AbortController();
    const nested = withClusterLock(
      '/state/lock-test',
      () => {},
      () =>
        withClusterLock(
          '/state/lock-test',
          () => {
            cancel.abort(new Error('enough'));
          },
          () => Promise.resolve('never'),
          cancel.signal,
        ),
    );
    await expect(nested).rejects.toThrow('enough');
  });
});
