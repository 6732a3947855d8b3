import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** An operator that is measured: what its process is started with. */
export interface Subject {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** A subject's process; its log goes to a file. */
export class SubjectProcess {
  readonly startedMs = performance.now();
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor({ command: [program, ...args] }: Subject, kubeconfig: string, logFile: string) {
    const log = openSync(logFile, 'a');
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_ENV: 'production', KUBECONFIG: kubeconfig };
    // However this process ends, the kernel ends the subject with it.
    const argv = ['--pdeathsig', 'KILL', '--', program, ...args];
    this.#child = spawn('setpriv', argv, { stdio: ['ignore', log, log], env });
    closeSync(log);
    this.#exited = once(this.#child, 'exit');
  }

  /** CPU time of all its threads so far, in seconds; throws when it has ended. */
  cpuSeconds(): number {
    const tasks = readdirSync(`/proc/${this.#child.pid}/task`);
    const nanoseconds = tasks.map((task) =>
      Number(readFileSync(`/proc/${this.#child.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
  }

  /** Resident memory, in MiB. */
  residentMib(): number {
    const rollup = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, 'utf8');
    return Number(/^Rss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
  }

  /** Ends it as Kubernetes would; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
