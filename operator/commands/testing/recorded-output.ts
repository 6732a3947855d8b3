import type { Output } from '../output.ts';

/** An output that a test reads. */
export class RecordedOutput implements Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Each text that was written to standard output. */
  readonly written: string[] = [];
  /** Each text that was written to standard error. */
  readonly errors: string[] = [];

  constructor({ isTerminal = false, columns = 80, rows = 50 } = {}) {
    this.isTerminal = isTerminal;
    this.columns = columns;
    this.rows = rows;
  }

  out(text: string): void {
    this.written.push(text);
  }

  err(text: string): void {
    this.errors.push(text);
  }
}
