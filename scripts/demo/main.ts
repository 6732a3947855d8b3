import { CommandFailedError, CommandNotFoundError } from '../../local-cluster/process/run-command.ts';
import { type DemoOptions, parseCommandLine, USAGE, UsageError } from './command-line.ts';
import { DemoError } from './demo-error.ts';
import { whyNoEmbeddedCluster } from './embedded-requirements.ts';
import { listContextsIfPossible } from './own-cluster/contexts.ts';
import { deleteDemo } from './own-cluster/delete-demo.ts';
import { prepareOwnCluster } from './own-cluster/prepare-cluster.ts';
import { log } from './progress.ts';
import { runDemo } from './run-demo.ts';

const EXIT = { failed: 1, usage: 2, canceled: 130 } as const;

/** npm passes on a Ctrl-C that the terminal has already sent to all processes. */
const SAME_INTERRUPT_MS = 500;

const stop = new AbortController();
let stoppedMs = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) {
      if (performance.now() - stoppedMs > SAME_INTERRUPT_MS) process.exit(EXIT.canceled);
      return;
    }
    stoppedMs = performance.now();
    log('stopping and cleaning up');
    stop.abort(new Error('stopped by a signal; the next run continues, and --delete removes what is there'));
  });
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const options = parseCommandLine(args);
  if (options.isHelp) console.log(USAGE);
  else if (options.isOwnCluster) await useOwnCluster(options, signal);
  else await useEmbeddedCluster(options, signal);
}

async function useOwnCluster(options: DemoOptions, signal: AbortSignal): Promise<void> {
  if (options.isDelete) await deleteDemo(options, signal);
  else await runDemo(await prepareOwnCluster(options, signal), signal);
}

async function useEmbeddedCluster({ isDelete }: DemoOptions, signal: AbortSignal): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const contexts = await listContextsIfPossible(signal);
  const why = whyNoEmbeddedCluster({ platform: process.platform, isRoot, contexts });
  if (why !== undefined) throw new DemoError(why);
  // Only here, since the local cluster's modules are for Linux.
  const { startEmbeddedCluster, deleteEmbeddedCluster } = await import('./embedded-cluster.ts');
  if (isDelete) await deleteEmbeddedCluster(signal);
  else await runDemo(await startEmbeddedCluster(signal), signal);
}

function explain(error: unknown): number {
  if (stop.signal.aborted) {
    console.error(`\ndemo: ${stop.signal.reason instanceof Error ? stop.signal.reason.message : 'stopped'}`);
    return EXIT.canceled;
  }
  if (error instanceof UsageError) {
    console.error(`demo: ${error.message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  // Their messages say more than a stack trace.
  const isKnown = [CommandFailedError, CommandNotFoundError, DemoError].some((known) => error instanceof known);
  console.error(`\ndemo: ${error instanceof Error ? (isKnown ? error.message : error.stack) : String(error)}`);
  return EXIT.failed;
}

try {
  await main(process.argv.slice(2), stop.signal);
} catch (error) {
  process.exitCode = explain(error);
}
