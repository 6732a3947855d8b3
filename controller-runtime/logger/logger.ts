/** Writes one line of a structured log: fields, then the message. */
export type LogLine = (fields: object, message: string) => void;

/** A structured log, such as pino's. */
export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** Returns a log that adds these fields to each line. */
  child(fields: object): Logger;
}
