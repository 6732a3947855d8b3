import { expect, it } from '@jest/globals';
import { shutdownSignal } from './shutdown-signal.ts';

it('fires at the first SIGTERM', () => {
  const signal = shutdownSignal();
  expect(signal.aborted).toBe(false);
  process.emit('SIGTERM');
  expect(signal.aborted).toBe(true);
});
