import { describe, expect, it } from '@jest/globals';
import { waitUntil, WaitTimeoutError } from './wait-until.ts';

const QUICK = { what: 'the thing', timeoutMs: 10_000, intervalMs: 1 };

describe('waitUntil', () => {
  it('polls until the probe returns a value', async () => {
    const answers = [undefined, undefined, 'here'];
    expect(await waitUntil({ ...QUICK, probe: () => answers.shift() })).toBe('here');
  });

  it('throws the name of the condition on a timeout', async () => {
    const waiting = waitUntil({ ...QUICK, timeoutMs: 0, probe: () => undefined });
    await expect(waiting).rejects.toThrow(WaitTimeoutError);
    await expect(waiting).rejects.toThrow('timed out waiting for the thing');
  });

  it('throws the reason of the signal, not the timer’s', async () => {
    const cancel = new AbortController();
    const waiting = waitUntil({ ...QUICK, intervalMs: 60_000, probe: () => undefined }, cancel.signal);
    cancel.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('throws the error of the probe', async () => {
    const waiting = waitUntil({ ...QUICK, probe: () => Promise.reject(new Error('broken')) });
    await expect(waiting).rejects.toThrow('broken');
  });
});
