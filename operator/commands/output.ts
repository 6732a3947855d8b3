import type { WriteStream } from 'node:tty';

/** Where a command writes its result, its messages, and what it knows of the terminal. */
export interface Output {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal in characters. */
  readonly columns?: number;
  /** The height of the terminal in lines. */
  readonly rows?: number;
}

/** A terminal that does not know its size, such as the one of script(1), reports 0. */
const USUAL_COLUMNS = 80;

/** The output of a process; the size of a terminal is its current one. */
export function outputOf(process: { readonly stdout: WriteStream; readonly stderr: NodeJS.WritableStream }): Output {
  const { stdout, stderr } = process;
  const streams = { out: (text: string) => void stdout.write(text), err: (text: string) => void stderr.write(text) };
  if (!stdout.isTTY) return { ...streams, isTerminal: false };
  return {
    ...streams,
    isTerminal: true,
    get columns() {
      return stdout.columns || USUAL_COLUMNS;
    },
    get rows() {
      return stdout.rows || Number.POSITIVE_INFINITY;
    },
  };
}

/** Whether to write colors: to a terminal that has them, unless NO_COLOR is set (https://no-color.org). */
export function hasColors({ isTerminal }: Output, environment: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}
