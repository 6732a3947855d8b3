import type { Logger } from '../runtime/logger.ts';

/** A line of a structured log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

/** A log that keeps its lines for tests to look at. */
export function recordLog(lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (fields: unknown, message?: string): void => {
      // SAFETY: Logger is called with an object of fields first, then the sentence.
      lines.push({ level, message: message ?? '', fields: fields as object });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log that nobody reads. */
export const silentLog: Logger = recordLog([]);
