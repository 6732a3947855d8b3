import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../controller-runtime/testing/eventually.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'operator', 'main.ts');

/** A line of its log. */
interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

let count = 0;

/** The operator as a process of its own, as it runs in its image but for the bundling. */
export class OperatorProcess {
  /** Names it in the audit log. */
  readonly userAgent: string;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** Starts it with these arguments and, beside an otherwise empty environment, these variables. */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    count += 1;
    const version = `process-${count}`;
    this.userAgent = `temperature-converter-operator/${version}`;
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { HOME: '/nonexistent', PACKAGE_VERSION: version, POD_NAME: version, ...environment },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** What it has printed to its standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has printed to its standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The complete lines of its log so far. */
  get log(): readonly LogLine[] {
    const lines = this.#stdout.split('\n').slice(0, -1);
    // SAFETY: the operator logs one object a line.
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits until it has logged a message, and gives that line. */
  logged(message: string | RegExp, deadlineMs?: number): Promise<LogLine> {
    return eventually(() => {
      const line = this.log.find(({ msg }) => (typeof message === 'string' ? msg === message : message.test(msg)));
      if (line === undefined) throw new Error(`it has not logged ${String(message)}: ${this.#stdout}${this.#stderr}`);
      return line;
    }, deadlineMs);
  }

  /** How often its main thread has gone to sleep so far, to be woken again. */
  get sleeps(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once, unless it has ended; resolves when it is gone. */
  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }
}
