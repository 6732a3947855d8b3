import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The time for a process to end after SIGTERM. */
const GRACE_MS = 5000;
const LOG_LINES = 20;

/**
 * Reads the IDs of the running processes, one JSON array per line. Once its input ends, because the process at the other
 * end has ended or was killed, it kills the processes of the last line and removes the directory.
 */
const GUARD = `
  let input = '';
  process.stdin.setEncoding('utf8').on('data', (text) => { input += text; }).on('end', () => {
    const pids = JSON.parse(input.trimEnd().split('\\n').at(-1) || '[]');
    for (const pid of pids) try { process.kill(pid, 'SIGKILL'); } catch {}
    require('node:fs').rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });`;

/** A started program. Its output is written to a log file. */
export interface RunningProgram {
  /** Throws an error with the end of the log if the program has ended unexpectedly. */
  assertRunning(): Promise<void>;
  /** Sends a signal to the program. */
  signal(signal: NodeJS.Signals): void;
  /** Stops the program by SIGTERM, or by SIGKILL if that takes too long. Resolves once it has ended. */
  stop(): Promise<void>;
}

/** Programs that share a temporary directory. They end with the process that started them, even if it is killed. */
export class ChildProcesses {
  /** Removed after the last program has ended. */
  readonly directory: string;
  readonly #guard: ChildProcess;
  readonly #running = new Set<ChildProcess>();

  private constructor(directory: string, guard: ChildProcess) {
    this.directory = directory;
    this.#guard = guard;
  }

  /** Creates the directory, whose name begins with `prefix`. */
  static async create(prefix: string): Promise<ChildProcesses> {
    const directory = await mkdtemp(join(tmpdir(), prefix));
    // In a separate session: an interrupt at the terminal must not end it first.
    const guard = spawn(process.execPath, ['-e', GUARD, directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(guard, 'spawn');
    guard.unref();
    // A write to a killed guard must not end this process.
    guard.stdin?.on('error', () => undefined);
    return new ChildProcesses(directory, guard);
  }

  /** Starts a program. Resolves once it runs, before it is ready. */
  async start(name: string, binary: string, args: readonly string[]): Promise<RunningProgram> {
    const logPath = join(this.directory, `${name}.log`);
    await rename(logPath, `${logPath}.previous`).catch(() => undefined);
    const log = openSync(logPath, 'a');
    const child = spawn(binary, args, { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    await once(child, 'spawn');
    child.unref();
    this.#running.add(child);
    this.#report();
    child.once('exit', () => {
      this.#running.delete(child);
      this.#report();
    });
    return {
      assertRunning: async () => {
        if (this.#running.has(child)) return;
        const lines = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES);
        throw new Error(`${name} ended unexpectedly. The end of its log, ${logPath}:\n${lines.join('\n')}`);
      },
      signal: (signal) => void child.kill(signal),
      stop: () => this.#stop(child),
    };
  }

  /** Kills all programs and removes the directory. */
  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#guard;
    if (exitCode !== null || signalCode !== null) return;
    this.#guard.ref();
    const ended = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await ended;
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const grace = new AbortController();
    const kill = pause(GRACE_MS, undefined, { signal: grace.signal, ref: false }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await ended;
    grace.abort();
    await kill;
  }

  #report(): void {
    this.#guard.stdin?.write(`${JSON.stringify([...this.#running].map(({ pid }) => pid))}\n`);
  }
}
