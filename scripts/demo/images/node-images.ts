import { CommandFailedError, lastLines, runCommand } from '../../../local-cluster/process/run-command.ts';

/** Wraps a command to run on a node. */
export type RunOnNode = (node: string, argv: readonly string[]) => readonly string[];

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
        await runCommand(runOnNode(node, ['crictl', 'inspecti', '-q', reference]), {}, signal);
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
    if (!isMissing) await runCommand(runOnNode(node, ['crictl', 'rmi', reference]), {}, signal);
  }
}
