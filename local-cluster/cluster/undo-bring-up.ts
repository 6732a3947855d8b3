import { rm } from 'node:fs/promises';
import { clientEnvironment } from '../addons/client-environment.ts';
import { cutPower } from '../node/node.ts';
import type { NodeSite } from '../node/node-site.ts';
import { findDaemons } from '../process/daemon.ts';
import { CommandFailedError, runCommand } from '../process/run-command.ts';
import { findContainerd } from './bring-up-node.ts';
import type { ClusterParts } from './bring-up.ts';
import { type ClusterLayout, countNodes } from './cluster-layout.ts';
import { takeDown } from './take-down.ts';

/** What there was of a cluster before a start. */
export interface StateBefore {
  readonly isRunning: boolean;
  /** The number of nodes. */
  readonly nodeCount: number;
  readonly runningNodes: ReadonlySet<string>;
}

/** Reads how many nodes a cluster has, and what of it runs. */
export function readState({ name, stateDirectory, nodes }: ClusterLayout): StateBefore {
  return {
    isRunning: findDaemons(stateDirectory).length > 0,
    nodeCount: countNodes(name),
    runningNodes: new Set(nodes.filter((node) => findContainerd(node) !== undefined).map(({ nodeName }) => nodeName)),
  };
}

/**
 * Undoes a start that failed or was canceled: stops the nodes that did not run before, or the whole cluster if it did not run, and
 * removes the nodes that it did not have.
 */
export async function undoBringUp(
  parts: Pick<ClusterParts, 'layout' | 'log'> & { readonly tools: Pick<ClusterParts['tools'], 'kubectl'> },
  before: StateBefore,
): Promise<void> {
  const { layout, log } = parts;
  const added = layout.nodes.slice(before.nodeCount);
  for (const node of layout.nodes.filter(({ nodeName }) => !before.runningNodes.has(nodeName))) {
    log(added.includes(node) ? `removing ${node.nodeName}` : `stopping ${node.nodeName}`);
    await cutPower(node);
  }
  for (const node of added) await deleteNodeObject(parts, node);
  if (!before.isRunning) {
    log('stopping what was started');
    await takeDown(layout);
  }
  // Last, since the directories are also the record of the nodes that takeDown has to stop.
  for (const { nodeDirectory } of added) await rm(nodeDirectory, { recursive: true, force: true });
}

/** Deletes the Node object, and so its pods, while the API server runs. */
async function deleteNodeObject(
  { tools, log }: Pick<Parameters<typeof undoBringUp>[0], 'tools' | 'log'>,
  { nodeName, stateDirectory }: NodeSite,
): Promise<void> {
  if (!findDaemons(stateDirectory).some(({ name }) => name === 'kube-apiserver')) return;
  const options = ['--ignore-not-found', '--wait=false', '--request-timeout=10s'];
  try {
    await runCommand([tools.kubectl, 'delete', 'node', nodeName, ...options], {
      env: clientEnvironment(stateDirectory),
    });
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    log(`the Node object of ${nodeName} could not be deleted: ${error.message}`);
  }
}
