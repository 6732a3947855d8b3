import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** An operator to measure. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** The process of a subject, which logs to a file. */
export class SubjectProcess {
  readonly startedMs = performance.now();
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor({ command: [program, ...args] }: Subject, kubeconfig: string, logFile: string) {
    const log = openSync(logFile, 'a');
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_ENV: 'production', KUBECONFIG: kubeconfig };
    // The kernel kills the subject when this process ends for any reason.
    const argv = ['--pdeathsig', 'KILL', '--', program, ...args];
    this.#child = spawn('setpriv', argv, { stdio: ['ignore', log, log], env });
    closeSync(log);
    this.#exited = once(this.#child, 'exit');
  }

  /** The CPU time of all threads so far; throws when the process has exited. */
  cpuSeconds(): number {
    const tasks = readdirSync(`/proc/${this.#child.pid}/task`);
    const nanoseconds = tasks.map((task) =>
      Number(readFileSync(`/proc/${this.#child.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
  }

  /** The resident memory in MiB. */
  residentMib(): number {
    const rollup = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, 'utf8');
    return Number(/^Rss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
  }

  /** Sends SIGTERM, as Kubernetes does; resolves when the process has exited. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
