import type { Logger } from 'pino';
import type { LogLevel } from './configuration.ts';

/** A log that loads its library for the first line: loading it earlier would delay the first response by a quarter. */
export class DeferredLog {
  readonly #level: LogLevel;
  readonly #identifier: string;
  #logger: Promise<Logger> | undefined;

  constructor(level: LogLevel, identifier: string) {
    this.#level = level;
    this.#identifier = identifier;
  }

  /** Writes one line, in the order of the calls. Resolves when the line is written. */
  async write(level: LogLevel | 'fatal', fields: object, message: string): Promise<void> {
    const logger = await (this.#logger ??= this.#load());
    logger[level](fields, message);
  }

  async #load(): Promise<Logger> {
    const { createLog } = await import('./log.ts');
    return createLog(this.#level, this.#identifier);
  }
}
