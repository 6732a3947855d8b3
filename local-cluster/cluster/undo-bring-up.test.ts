import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nodeDaemonName } from '../node/node-site.ts';
import { ensureDaemon, findDaemons, killAllOf } from '../process/daemon.ts';
import { type ClusterLayout, countNodes, layOutCluster } from './cluster-layout.ts';
import { readState, undoBringUp } from './undo-bring-up.ts';

// The processes are real, and only sleep. No network and no cgroup has the name of this cluster.
const NAME = 'undo-test';
const LOG_LINES: string[] = [];

let directory: string;
let stateHome: string | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'undo-'));
  stateHome = process.env['XDG_STATE_HOME'];
  process.env['XDG_STATE_HOME'] = directory;
  LOG_LINES.length = 0;
});

afterEach(async () => {
  await killAllOf(layoutOf(1).stateDirectory);
  if (stateHome === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = stateHome;
  rmSync(directory, { recursive: true, force: true });
});

function layoutOf(nodes: number): ClusterLayout {
  return layOutCluster(NAME, 200, nodes);
}

async function startProgram(name: string): Promise<void> {
  const { stateDirectory } = layoutOf(1);
  await ensureDaemon({ name, argv: ['sleep', '60'], stateDirectory, endsWithParent: false });
}

/** What bringUp does first, and then of each node. */
function createDirectories({ nodes }: ClusterLayout): void {
  for (const { nodeDirectory } of nodes) mkdirSync(nodeDirectory, { recursive: true });
}

function startNode(nodeName: string): Promise<void> {
  return startProgram(nodeDaemonName(nodeName, 'containerd'));
}

function running(): readonly string[] {
  return findDaemons(layoutOf(1).stateDirectory)
    .map(({ name }) => name)
    .toSorted();
}

async function undo(layout: ClusterLayout, before: ReturnType<typeof readState>): Promise<readonly string[]> {
  const kubectl = join(directory, 'kubectl');
  writeFileSync(kubectl, '#!/bin/sh\necho "$@" >> "$(dirname "$0")/requests"\n');
  chmodSync(kubectl, 0o755);
  await undoBringUp({ layout, tools: { kubectl }, log: (line) => LOG_LINES.push(line) }, before);
  const requests = join(directory, 'requests');
  return existsSync(requests) ? readFileSync(requests, 'utf8').trimEnd().split('\n') : [];
}

describe('a start that fails', () => {
  it('removes the nodes that are new, with their Node objects, and leaves the rest of a running cluster', async () => {
    createDirectories(layoutOf(1));
    await startProgram('kube-apiserver');
    await startNode('node-1');
    const before = readState(layoutOf(3));
    createDirectories(layoutOf(3));
    await startNode('node-2');

    expect(await undo(layoutOf(3), before)).toEqual([
      expect.stringMatching(/^delete node node-2 /u),
      expect.stringMatching(/^delete node node-3 /u),
    ]);
    expect(running()).toEqual(['containerd@node-1', 'kube-apiserver']);
    expect(countNodes(NAME)).toBe(1);
    expect(LOG_LINES).toEqual(['removing node-2', 'removing node-3']);
  });

  it('stops a node that did not run before, and keeps its data', async () => {
    createDirectories(layoutOf(2));
    await startProgram('kube-apiserver');
    await startNode('node-1');
    const before = readState(layoutOf(2));
    await startNode('node-2');

    expect(await undo(layoutOf(2), before)).toEqual([]);
    expect(running()).toEqual(['containerd@node-1', 'kube-apiserver']);
    expect(countNodes(NAME)).toBe(2);
  });

  it('stops a cluster that did not run before, and keeps the data of its nodes, but not of new ones', async () => {
    createDirectories(layoutOf(1));
    const before = readState(layoutOf(2));
    createDirectories(layoutOf(2));
    for (const program of ['etcd', 'kube-apiserver']) await startProgram(program);
    for (const node of ['node-1', 'node-2']) await startNode(node);

    expect(await undo(layoutOf(2), before)).toEqual([expect.stringMatching(/^delete node node-2 /u)]);
    expect(running()).toEqual([]);
    expect(countNodes(NAME)).toBe(1);
  });
});
