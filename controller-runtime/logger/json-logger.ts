import type { Logger, LogLine } from './logger.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The options of a JSON log. */
export interface JsonLoggerOptions {
  /** The lowest level that is written. The default is `info`. */
  readonly level?: (typeof LEVELS)[number];
  /** Receives each line with its line break. The default is standard output. */
  readonly write?: (line: string) => unknown;
}

/** Creates a log with one JSON object per line, for programs without a logging library. */
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

/** JSON.stringify turns an error into an empty object. */
function withErrors(_name: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
