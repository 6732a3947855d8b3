import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LocalCluster } from '../../../local-cluster/cluster.ts';
import { findProgram } from '../../../local-cluster/host/find-program.ts';
import { runCommand } from '../../../local-cluster/process/run-command.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** The account that runs the demo: not root, and without rights on this machine. */
export const USER = 20_000;

/** What a user has: programs by name, environment variables, and the account, which is USER by default. */
export interface UserMachineOptions {
  readonly programs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly account?: number;
}

/** The result of a command of the user. */
export interface UserCommandResult {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
  readonly seconds: number;
}

/** A demo that runs. */
export interface RunningDemo {
  readonly ended: Promise<UserCommandResult>;
  /** Sends what Ctrl-C sends to all its processes, once the output contains a text. */
  readonly interruptAfter: (text: string) => void;
  /** Kills all its processes. */
  readonly kill: () => void;
}

/** What a user with a cluster has: a clone of the repository, a kubeconfig, and a PATH with few programs; no root, Go or npm packages. */
export class UserMachine {
  readonly #directory: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #account: number;

  private constructor(directory: string, environment: Readonly<Record<string, string>>, account: number) {
    this.#directory = directory;
    this.#environment = environment;
    this.#account = account;
  }

  /** Copies the repository and the programs, each under its name. Programs of the system stay where their profiles allow them. */
  static async create(cluster: LocalCluster, options: UserMachineOptions): Promise<UserMachine> {
    const { programs, environment, account = USER } = options;
    const directory = await mkdtemp(join(tmpdir(), 'user-'));
    await chmod(directory, 0o755);
    const [bin, home, kubeconfig] = [join(directory, 'bin'), join(directory, 'home'), join(directory, 'kubeconfig')];
    await mkdir(bin);
    for (const [name, path] of Object.entries(programs)) {
      await (path.startsWith('/usr/') ? symlink(path, join(bin, name)) : copyFile(path, join(bin, name)));
    }
    await mkdir(home);
    await copyFile(cluster.kubeconfigPath, kubeconfig);
    for (const path of [home, kubeconfig]) await chown(path, account, account);
    const machine = new UserMachine(
      directory,
      { PATH: bin, HOME: home, KUBECONFIG: kubeconfig, ...environment },
      account,
    );
    await machine.#copyRepository();
    return machine;
  }

  /** The clone of the repository. */
  get clone(): string {
    return join(this.#directory, 'clone');
  }

  /** The kubeconfig, a copy of the cluster's. */
  get kubeconfigPath(): string {
    return join(this.#directory, 'kubeconfig');
  }

  /** Runs the demo with these flags as the user, and waits until it ends. */
  demo(...flags: readonly string[]): Promise<UserCommandResult> {
    return this.start(flags).ended;
  }

  /** Starts the demo as the user. */
  start(flags: readonly string[]): RunningDemo {
    const startedMs = performance.now();
    const user = ['--reuid', `${this.#account}`, '--regid', `${this.#account}`, '--clear-groups', '--no-new-privs'];
    const node = join(this.#environment['PATH'] ?? '', 'node');
    const child = spawn(findProgram('setpriv') ?? 'setpriv', [...user, '--', node, 'scripts/demo/main.ts', ...flags], {
      cwd: this.clone,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group, which a terminal interrupts as a whole.
      detached: true,
    });
    const signalGroup = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    };
    let output = '';
    let awaited: string | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (awaited === undefined || !output.includes(awaited)) return;
        awaited = undefined;
        signalGroup('SIGINT');
      });
    }
    const ended = once(child, 'close').then(([code]: (number | null)[]) => ({
      code: code ?? null,
      output,
      seconds: (performance.now() - startedMs) / 1000,
    }));
    return {
      ended,
      interruptAfter: (text) => {
        awaited = text;
      },
      kill: () => {
        signalGroup('SIGKILL');
      },
    };
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The files of the work tree that git does not ignore. */
  async #copyRepository(): Promise<void> {
    const list = await runCommand(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: REPOSITORY,
    });
    for (const path of list.split('\0').filter((file) => file !== '')) {
      const copy = join(this.clone, path);
      await mkdir(dirname(copy), { recursive: true });
      await copyFile(join(REPOSITORY, path), copy);
    }
  }
}
