/** The streams of a command. */
export interface CommandStreams {
  out(text: string): void;
  err(text: string): void;
  /** Whether `out` writes to a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

/** Runs `plan`, and returns its exit status: 0 without differences, 1 with some, 2 after an error. */
export async function runPlan(args: readonly string[], io: CommandStreams, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  io.err(`error: plan is not available yet (${args.join(' ')})\n`);
  return Promise.resolve(2);
}
