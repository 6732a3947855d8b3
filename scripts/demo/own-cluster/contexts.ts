import { CommandFailedError, CommandNotFoundError, runCommand } from '../../../local-cluster/process/run-command.ts';
import { DemoError } from '../demo-error.ts';
import { contextFlags, demoCommand } from '../invocation.ts';

/** The names of the contexts in the user's kubeconfig; throws CommandNotFoundError without kubectl. */
export async function listContexts(signal?: AbortSignal): Promise<readonly string[]> {
  const text = await runCommand(['kubectl', 'config', 'get-contexts', '--output=name'], {}, signal);
  return text.split(/\r?\n/u).filter((line) => line !== '');
}

/** The names of the contexts; none without kubectl or with an invalid kubeconfig. */
export async function listContextsIfPossible(signal?: AbortSignal): Promise<readonly string[]> {
  try {
    return await listContexts(signal);
  } catch (error) {
    if (error instanceof CommandNotFoundError || error instanceof CommandFailedError) return [];
    throw error;
  }
}

/** Finds the context: the given one, or the current one; throws a DemoError that lists the contexts. */
export async function findContext(wanted: string | undefined, signal?: AbortSignal): Promise<string> {
  const contexts = await listContexts(signal);
  const context = wanted ?? (await currentContext(signal));
  if (context !== undefined && contexts.includes(context)) return context;
  throw new DemoError(describeContexts(context, contexts));
}

function describeContexts(context: string | undefined, contexts: readonly string[]): string {
  const problem =
    context === undefined ? 'The kubeconfig has no current context.' : `The kubeconfig has no context ${context}.`;
  if (contexts.length === 0) {
    return `${problem} It has no context at all: set KUBECONFIG, or create a cluster, for instance with \`kind create cluster\`.`;
  }
  const commands = contexts.map((name) => `  ${demoCommand(contextFlags(name))}`);
  return `${problem} To use one of its contexts:\n${commands.join('\n')}`;
}

async function currentContext(signal?: AbortSignal): Promise<string | undefined> {
  try {
    return (await runCommand(['kubectl', 'config', 'current-context'], {}, signal)).trim();
  } catch (error) {
    if (error instanceof CommandFailedError) return undefined;
    throw error;
  }
}
