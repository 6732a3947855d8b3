import { CommandFailedError, lastLines } from '../../../local-cluster/process/run-command.ts';

/** Runs a command on a node; throws CommandFailedError. */
export type RunOnNode = (node: string, argv: readonly string[], signal?: AbortSignal) => Promise<unknown>;

/** The nodes on which the kubelet would not find an image, each with crictl's reason. */
export async function nodesWithout(
  reference: string,
  nodes: readonly string[],
  runOnNode: RunOnNode,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const problems = await Promise.all(
    nodes.map(async (node) => {
      try {
        await runOnNode(node, ['crictl', 'inspecti', '-q', reference], signal);
        return [];
      } catch (error) {
        if (!(error instanceof CommandFailedError)) throw error;
        return [`${node}: ${lastLines(error.output, 1)}`];
      }
    }),
  );
  return problems.flat();
}

/** Removes an image from every node that has it. */
export async function removeFromNodes(
  reference: string,
  nodes: readonly string[],
  runOnNode: RunOnNode,
  signal?: AbortSignal,
): Promise<void> {
  for (const node of nodes) {
    const isMissing = (await nodesWithout(reference, [node], runOnNode, signal)).length > 0;
    if (!isMissing) await runOnNode(node, ['crictl', 'rmi', reference], signal);
  }
}
