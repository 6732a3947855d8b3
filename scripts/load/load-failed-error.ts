/** A run that ended early; the message says why, and what to do. */
export class LoadFailedError extends Error {
  override readonly name = 'LoadFailedError';
}
