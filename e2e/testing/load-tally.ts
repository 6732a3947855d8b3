/** The result of a load, which load.ts prints as JSON. */
export interface LoadTally {
  requests: number;
  failures: number;
  /** Empty without a failure. */
  firstFailure: string;
  /**
   * The failed requests: when each was sent, in milliseconds since 1970, its error, and the identifier of the replica that had
   * answered on its connection, or nothing on a new one.
   */
  readonly failed: { readonly sentMs: number; readonly error: string; readonly replica: string }[];
  /** The identifier of the replica that has answered last, to any of the clients. */
  lastReplica: string;
  /** The longest time between two answers to any of the clients. */
  longestGapMs: number;
}
