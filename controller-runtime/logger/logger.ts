/** Writes one line of a structured log: fields first, then the sentence. */
export type LogLine = (fields: object, message: string) => void;

/** A structured log, such as pino's. */
export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** The same log, with these fields in each line. */
  child(fields: object): Logger;
}
