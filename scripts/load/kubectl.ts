import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** kubectl failed; the message is what it printed. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError';
}

/** Runs kubectl with one context and one namespace. */
export class Kubectl {
  readonly #program: string;
  readonly #flags: readonly string[];

  constructor(
    program: string,
    { context, namespace }: { context?: string | undefined; namespace?: string | undefined },
  ) {
    this.#program = program;
    this.#flags = [
      ...(context === undefined ? [] : ['--context', context]),
      ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ];
  }

  /** Runs kubectl and returns its standard output; throws a KubectlError or the signal's reason. */
  async run(args: readonly string[], signal?: AbortSignal, input = ''): Promise<string> {
    signal?.throwIfAborted();
    const child = this.#spawn(args);
    child.stdin?.end(input);
    return this.#untilClosed(child, signal, child.stdout === null ? Promise.resolve('') : text(child.stdout));
  }

  /** Runs kubectl and passes on each line of its output until it ends; throws like `run`. */
  async lines(args: readonly string[], onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const child = this.#spawn(args);
    child.stdin?.end();
    const reading = async (): Promise<void> => {
      if (child.stdout === null) return;
      for await (const line of createInterface({ input: child.stdout })) onLine(line);
    };
    await this.#untilClosed(child, signal, reading());
  }

  #spawn(args: readonly string[]): ChildProcess {
    // In a process group of its own: a terminal sends Ctrl-C to the whole group, and kubectl must still delete the pod.
    return spawn(this.#program, [...this.#flags, ...args], { stdio: 'pipe', detached: true });
  }

  async #untilClosed<T>(child: ChildProcess, signal: AbortSignal | undefined, output: Promise<T>): Promise<T> {
    const end = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    // kubectl may end before it has read its input.
    child.stdin?.on('error', () => undefined);
    try {
      const closed = once(child, 'close');
      const printed = child.stderr === null ? Promise.resolve('') : text(child.stderr);
      const [result, stderr, [code]] = await Promise.all([output, printed, closed]);
      signal?.throwIfAborted();
      if (code !== 0) throw new KubectlError(messageOf(stderr, code));
      return result;
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }
}

/** What kubectl printed, without its log lines (W1128 …) and without stack-like repetition. */
function messageOf(stderr: string, code: unknown): string {
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^[EIW]\d{4} /.test(line));
  return (
    lines.slice(-3).join('\n') || stderr.trim().split('\n').at(-1) || `kubectl ended with exit status ${String(code)}`
  );
}
