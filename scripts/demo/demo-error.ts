/** A reason why the demo cannot run here; the message says what to do, and needs no stack trace. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
