import type { Logger } from '../logger/logger.ts';

/** A line of a structured log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps its lines, for tests to look at. */
export class RecordedLog implements Logger {
  readonly lines: LogLine[];
  readonly #fields: object;
  readonly debug = this.#recordAs('debug');
  readonly info = this.#recordAs('info');
  readonly warn = this.#recordAs('warn');
  readonly error = this.#recordAs('error');

  /** Keeps its lines in `lines`, each with these fields. */
  constructor(lines: LogLine[] = [], fields: object = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  child(fields: object): RecordedLog {
    return new RecordedLog(this.lines, { ...this.#fields, ...fields });
  }

  /** Each line from that level on, as `level: message`. */
  get messages(): readonly string[] {
    return this.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);
  }

  #recordAs(level: LogLine['level']): Logger['info'] {
    return (fields: unknown, message?: string): void => {
      // SAFETY: our sources pass an object of fields first, then the sentence.
      this.lines.push({ level, fields: { ...this.#fields, ...(fields as object) }, message: message ?? '' });
    };
  }
}
