import type { Logger as PinoLogger } from 'pino';

/** The structured log: fields first, then the sentence. */
export interface Logger extends Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> {
  /** The same log, with these fields in each line. */
  child(fields: object): Logger;
}
