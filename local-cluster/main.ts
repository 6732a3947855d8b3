import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deleteCluster, findCluster, startCluster, startClusterNode, stopCluster, stopClusterNode } from './cluster.ts';
import { type ClusterLayout, InvalidClusterNameError, InvalidNodeCountError } from './cluster/cluster-layout.ts';
import { UnknownNodeError } from './cluster/find-node.ts';
import { findLog, listLogs, logsDirectory, UnknownLogError } from './cluster/logs.ts';
import { describeStatus } from './cluster/status.ts';
import { type CommandRequest, type NodeAction, parseCommandLine, renderHelp, UsageError } from './command-line.ts';
import { controlPlaneFiles } from './control-plane/site.ts';
import { lastLines } from './process/run-command.ts';
import { formatDuration } from './toolchain/build-progress.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, notWhole: 3, noCluster: 4, canceled: 130 } as const;

/** Logs to standard error, since standard output has only the result. */
function log(line: string): void {
  console.error(line);
}

async function start(name: string, nodes: number | undefined, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const cluster = await startCluster({ name, log, ...(nodes === undefined ? {} : { nodes }) }, signal);
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

async function node(name: string, action: NodeAction, nodeName: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const act = action === 'stop' ? stopClusterNode : startClusterNode;
  if (!(await act({ name, log }, nodeName, signal))) return reportMissing(name);
  const took = formatDuration(performance.now() - startedMs);
  if (action === 'start') log(`${nodeName} of the cluster ${name} is ready (${took}).`);
  else
    log(
      `${nodeName} of the cluster ${name} is off. To start it: \`node local-cluster/main.ts node start ${nodeName} --name ${name}\``,
    );
  return EXIT.ok;
}

async function withCluster(name: string, action: (layout: ClusterLayout) => Promise<number>): Promise<number> {
  const layout = await findCluster(name);
  return layout === undefined ? reportMissing(name) : action(layout);
}

function reportMissing(name: string): number {
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
    console.log(logsDirectory(stateDirectory));
    return EXIT.ok;
  }
  const path = join(logsDirectory(stateDirectory), findLog(listLogs(stateDirectory), program));
  console.log(lastLines(await readFile(path, 'utf8'), 100));
  return EXIT.ok;
}

function perform(name: string, request: CommandRequest, signal: AbortSignal): Promise<number> {
  switch (request.command) {
    case 'start':
      return start(name, request.nodes, signal);
    case 'stop':
      return end(stopCluster, name, signal);
    case 'delete':
      return end(deleteCluster, name, signal);
    case 'node':
      return node(name, request.action, request.nodeName, signal);
    case 'status':
      return withCluster(name, status);
    case 'kubeconfig':
      return withCluster(name, kubeconfig);
    case 'logs':
      return withCluster(name, (layout) => logs(layout, request.program));
  }
}

const USAGE_ERRORS = [UsageError, InvalidClusterNameError, InvalidNodeCountError, UnknownLogError, UnknownNodeError];

function explain(error: unknown, isCancelled: boolean): number {
  if (isCancelled) {
    log('canceled');
    return EXIT.canceled;
  }
  if (error instanceof Error && USAGE_ERRORS.some((type) => error instanceof type)) {
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
    if (invocation.kind === 'run') return await perform(invocation.name, invocation.request, cancel.signal);
    console.log(renderHelp());
    return EXIT.ok;
  } catch (error) {
    return explain(error, cancel.signal.aborted);
  }
}

process.exitCode = await main(process.argv.slice(2));
