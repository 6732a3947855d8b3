import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../controller-runtime/client/errors.ts';
import { retryThrottled } from './retry-throttled.ts';

const throttled = new ApiError('GET /', 429, {}, 1000);
const expired = new ApiError('GET /', 410, { reason: 'Expired' });
const denied = new ApiError('GET /', 403, {});

describe('retryThrottled', () => {
  it.each([
    ['sends again when the API server names a time', [throttled, 'result'], 'result'],
    ['sends again when the list has expired', [expired, 'result'], 'result'],
    ['gives up after the fifth attempt', Array.from({ length: 6 }, () => throttled), throttled],
    ['does not send again after another error', [denied, 'result'], denied],
  ])('%s', async (_title, answers, expected) => {
    const left = [...answers];
    const sent = retryThrottled(() => {
      const answer = left.shift();
      return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
    });
    await (expected instanceof ApiError ? expect(sent).rejects.toBe(expected) : expect(sent).resolves.toBe(expected));
    expect(left).toHaveLength(expected === 'result' ? 0 : 1);
  });
});
