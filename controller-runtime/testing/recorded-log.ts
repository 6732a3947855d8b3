import type { Logger } from '../logger/logger.ts';

/** A line of a structured log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that records its lines for tests. */
export class RecordedLog implements Logger {
  readonly lines: LogLine[];
  readonly #fields: object;
  readonly debug = this.#recordAs('debug');
  readonly info = this.#recordAs('info');
  readonly warn = this.#recordAs('warn');
  readonly error = this.#recordAs('error');

  /** Appends to `lines`, and adds `fields` to each line. */
  constructor(lines: LogLine[] = [], fields: object = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  child(fields: object): RecordedLog {
    return new RecordedLog(this.lines, { ...this.#fields, ...fields });
  }

  /** All lines above debug level, as `level: message`. */
  get messages(): readonly string[] {
    return this.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);
  }

  #recordAs(level: LogLine['level']): Logger['info'] {
    return (fields: unknown, message?: string): void => {
      // SAFETY: all callers pass an object with fields first, then the message.
      this.lines.push({ level, fields: { ...this.#fields, ...(fields as object) }, message: message ?? '' });
    };
  }
}
