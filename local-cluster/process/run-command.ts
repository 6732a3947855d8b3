import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { withSystemPath } from './system-path.ts';

/** A command that failed; the message has the end of its output. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  readonly exitCode: number | undefined;
  readonly output: string;

  constructor(argv: readonly string[], exitCode: number | undefined, output: string) {
    const how = exitCode === undefined ? 'was killed by a signal' : `failed with exit status ${exitCode}`;
    super(`\`${argv.join(' ')}\` ${how}:\n${lastLines(output, 20)}`);
    this.exitCode = exitCode;
    this.output = output;
  }
}

/** A command whose program is not installed. */
export class CommandNotFoundError extends Error {
  override readonly name = 'CommandNotFoundError';
  readonly command: string;

  constructor(command: string) {
    super(`\`${command}\` is not installed on this machine (or is not on the PATH).`);
    this.command = command;
  }
}

/** The options of a command; `onLine` receives each line of standard output and standard error. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** A file for standard input; empty by default. */
  readonly inputPath?: string;
  readonly onLine?: (line: string) => void;
}

/** Runs a command and returns its standard output; throws CommandFailedError, CommandNotFoundError or the signal's reason. */
export async function runCommand(
  argv: readonly string[],
  options: RunOptions = {},
  signal?: AbortSignal,
): Promise<string> {
  signal?.throwIfAborted();
  const [command = '', ...args] = argv;
  const child = spawnWith(command, args, options);
  const end = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', end, { once: true });
  const exited = exitOf(child, command);
  try {
    const [stdout, stderr, exitCode] = await Promise.all([
      collect(child.stdout, options.onLine),
      collect(child.stderr, options.onLine),
      exited,
    ]);
    signal?.throwIfAborted();
    if (exitCode !== 0) throw new CommandFailedError(argv, exitCode, `${stdout}${stderr}`);
    return stdout;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** The last `count` lines of a text, without empty lines at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function spawnWith(command: string, args: readonly string[], options: RunOptions): ChildProcess {
  const input = openSync(options.inputPath ?? devNull, 'r');
  try {
    return spawn(command, args, {
      cwd: options.cwd,
      env: withSystemPath(options.env ?? process.env),
      stdio: [input, 'pipe', 'pipe'],
    });
  } finally {
    closeSync(input);
  }
}

function exitOf(child: ChildProcess, command: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new CommandNotFoundError(command) : error);
    });
    child.once('close', (code) => {
      resolve(code ?? undefined);
    });
  });
}

async function collect(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): Promise<string> {
  let text = '';
  let pending = '';
  if (stream === null) return text;
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += String(chunk);
    if (onLine === undefined) continue;
    const lines = `${pending}${String(chunk)}`.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
  return text;
}
