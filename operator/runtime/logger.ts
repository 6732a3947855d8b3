import type { Logger as PinoLogger } from 'pino';

/** The structured log: fields first, then the sentence. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;
