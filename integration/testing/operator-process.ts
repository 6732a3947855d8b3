import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../controller-runtime/testing/eventually.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'operator', 'main.ts');

/** A line of the operator's log. */
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

/** The operator as a child process, from its sources instead of the bundle. */
export class OperatorProcess {
  /** Identifies its requests in the audit log. */
  readonly userAgent: string;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** Starts the operator with these arguments, and only these environment variables beside its identity. */
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

  /** Its standard output so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Its standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The complete lines of its log so far. */
  get log(): readonly LogLine[] {
    const lines = this.#stdout.split('\n').slice(0, -1);
    // SAFETY: the operator logs one JSON object per line.
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits until the operator logs a message, and returns the line. */
  logged(message: string | RegExp, deadlineMs?: number): Promise<LogLine> {
    return eventually(() => {
      const line = this.log.find(({ msg }) => (typeof message === 'string' ? msg === message : message.test(msg)));
      if (line === undefined)
        throw new Error(`the operator has not logged ${String(message)}: ${this.#stdout}${this.#stderr}`);
      return line;
    }, deadlineMs);
  }

  /** How often its main thread has blocked so far, for example to wait for a timer or a socket. */
  get voluntaryContextSwitches(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends SIGKILL; resolves when the process has exited. */
  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }
}
