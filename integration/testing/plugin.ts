import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The output and the exit status of a command. */
export interface CommandResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl, with the plugin that `npm run build` makes on its PATH. */
export interface KubectlWithPlugin extends AsyncDisposable {
  /** The environment in which kubectl finds the plugin, and Node.js. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs kubectl; variables of `environment` replace those of the process. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** Starts kubectl; the caller ends it. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): ReturnType<typeof spawn>;
}

/** Builds the plugin, and puts it on the PATH of the real kubectl. */
export async function installPlugin(): Promise<KubectlWithPlugin> {
  const { kubectl } = await ensureTools(['kubectl']);
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-tc-'));
  await runCommand([process.execPath, 'scripts/build.ts', 'kubectl-tc', '--outdir', directory], { cwd: ROOT });
  await symlink('kubectl-tc', join(directory, 'kubectl_complete-tc'));
  const path = [directory, dirname(kubectl), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const { KUBECONFIG: _kubeconfig, ...inherited } = process.env;
  // An empty home directory: without a kubeconfig of the user, and with a cache of its own.
  const env = { ...inherited, PATH: path, HOME: directory };
  const start: KubectlWithPlugin['start'] = (args, environment) =>
    spawn('kubectl', args, { env: { ...env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  return {
    env,
    start,
    run: async (args, environment) => {
      const child = start(args, environment);
      if (child.stdout === null || child.stderr === null) throw new Error('both are pipes');
      const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      return { status: Number(status), out, err };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
