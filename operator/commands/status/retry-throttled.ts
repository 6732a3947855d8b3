import { ApiError } from '../../../controller-runtime/client/errors.ts';

const ATTEMPTS = 5;

/**
 * Sends a read again if the API server asks for that: it is overloaded and named a time, for which the client then waits, or
 * the list has expired. Rejects like `send` after the fifth attempt.
 */
export async function retryThrottled<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof ApiError && (error.retryAfterMs !== undefined || error.code === 410);
}
