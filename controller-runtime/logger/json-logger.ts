import type { Logger, LogLine } from './logger.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How lines are written. */
export interface JsonLoggerOptions {
  /** The lowest level that is written; by default `info`. */
  readonly level?: (typeof LEVELS)[number];
  /** Takes each line with its line break; by default the standard output. */
  readonly write?: (line: string) => unknown;
}

/** Makes a log of one JSON object a line, for programs without a logging library. */
export function createJsonLogger(options: JsonLoggerOptions = {}, bound: object = {}): Logger {
  const { level: lowest = 'info', write = (line) => process.stdout.write(line) } = options;
  const lineOf = (level: (typeof LEVELS)[number]): LogLine => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return () => undefined;
    return (fields, msg) => {
      write(`${JSON.stringify({ level, time: new Date().toISOString(), ...bound, ...fields, msg }, withErrors)}\n`);
    };
  };
  return {
    debug: lineOf('debug'),
    info: lineOf('info'),
    warn: lineOf('warn'),
    error: lineOf('error'),
    child: (fields) => createJsonLogger(options, { ...bound, ...fields }),
  };
}

/** JSON has nothing for an error but an empty object. */
function withErrors(_name: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
