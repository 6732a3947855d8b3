/** The result of a load, which load.ts prints as JSON. */
export interface LoadTally {
  requests: number;
  failures: number;
  /** Empty without a failure. */
  firstFailure: string;
  /** The failed requests: when each was sent, in milliseconds since 1970, and its error. */
  readonly failed: { readonly sentMs: number; readonly error: string }[];
  /** The longest time between two answers to any of the clients. */
  longestGapMs: number;
}
