import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deleteCluster, findCluster, startCluster, stopCluster } from './cluster.ts';
import { CLUSTER_DAEMONS, describeStatus } from './cluster/status.ts';
import type { ClusterLayout } from './cluster/cluster-layout.ts';
import { InvalidClusterNameError } from './cluster/cluster-layout.ts';
import { type Command, parseCommandLine, renderHelp, UsageError } from './command-line.ts';
import { controlPlaneFiles } from './control-plane/site.ts';
import { daemonLogPath } from './process/daemon.ts';
import { lastLines } from './process/run-command.ts';
import { formatDuration } from './toolchain/build-progress.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, notWhole: 3, noCluster: 4, canceled: 130 } as const;

/** Logs to standard error, since standard output has only the result. */
function log(line: string): void {
  console.error(line);
}

async function start(name: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const cluster = await startCluster({ name, log }, signal);
  log(`The cluster ${name} is ready (${formatDuration(performance.now() - startedMs)}).`);
  log(`  export KUBECONFIG=${cluster.kubeconfigPath}`);
  log(`  ${cluster.binary('kubectl')} get nodes`);
  return EXIT.ok;
}

async function end(action: typeof stopCluster, name: string, signal: AbortSignal): Promise<number> {
  // Not an error: the result is what the user asked for.
  if (!(await action({ name, log }, signal))) log(`The cluster ${name} does not exist.`);
  return EXIT.ok;
}

async function withCluster(name: string, action: (layout: ClusterLayout) => Promise<number>): Promise<number> {
  const layout = await findCluster(name);
  if (layout !== undefined) return action(layout);
  log(`The cluster ${name} does not exist. To create it: \`node local-cluster/main.ts start --name ${name}\``);
  return EXIT.noCluster;
}

async function status(layout: ClusterLayout): Promise<number> {
  const { isWhole, text } = await describeStatus(layout);
  console.log(text);
  return isWhole ? EXIT.ok : EXIT.notWhole;
}

async function kubeconfig({ stateDirectory }: ClusterLayout): Promise<number> {
  console.log(controlPlaneFiles(stateDirectory).adminKubeconfig);
  return EXIT.ok;
}

async function logs({ stateDirectory }: ClusterLayout, program: string | undefined): Promise<number> {
  if (program === undefined) {
    console.log(dirname(daemonLogPath(stateDirectory, '')));
    return EXIT.ok;
  }
  if (!CLUSTER_DAEMONS.includes(program)) {
    throw new UsageError(`Unknown program "${program}". The programs are ${CLUSTER_DAEMONS.join(', ')}.`);
  }
  console.log(lastLines(await readFile(daemonLogPath(stateDirectory, program), 'utf8'), 100));
  return EXIT.ok;
}

interface Request {
  readonly command: Command;
  readonly name: string;
  readonly program: string | undefined;
}

const ACTIONS: Readonly<Record<Command, (request: Request, signal: AbortSignal) => Promise<number>>> = {
  start: ({ name }, signal) => start(name, signal),
  stop: ({ name }, signal) => end(stopCluster, name, signal),
  delete: ({ name }, signal) => end(deleteCluster, name, signal),
  status: ({ name }) => withCluster(name, status),
  kubeconfig: ({ name }) => withCluster(name, kubeconfig),
  logs: ({ name, program }) => withCluster(name, (layout) => logs(layout, program)),
};

function explain(error: unknown, isCancelled: boolean): number {
  if (isCancelled) {
    log('canceled');
    return EXIT.canceled;
  }
  if (error instanceof UsageError || error instanceof InvalidClusterNameError) {
    log(`${error.message}\n\n${renderHelp()}`);
    return EXIT.usage;
  }
  log(error instanceof Error ? error.message : String(error));
  return EXIT.failed;
}

async function main(argv: readonly string[]): Promise<number> {
  const cancel = new AbortController();
  const onSignal = (): void => {
    cancel.abort(new Error('canceled'));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const invocation = parseCommandLine(argv);
    if (invocation.kind === 'run') return await ACTIONS[invocation.command](invocation, cancel.signal);
    console.log(renderHelp());
    return EXIT.ok;
  } catch (error) {
    return explain(error, cancel.signal.aborted);
  }
}

process.exitCode = await main(process.argv.slice(2));
