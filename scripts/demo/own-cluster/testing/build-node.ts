import type { ClusterNode } from '../cluster-node.ts';

type NodeFields = Partial<ClusterNode['spec']> & {
  readonly labels?: Readonly<Record<string, string>>;
  readonly runtime?: string;
  readonly architecture?: string;
  readonly os?: string;
  readonly isReady?: boolean;
};

const DEFAULTS = { labels: {}, runtime: 'containerd://2.1.1', architecture: 'amd64', os: 'linux', isReady: true };

/** Builds a Node: of linux/amd64, and ready, unless the fields say otherwise. */
export function buildNode(name: string, fields: NodeFields = {}): ClusterNode {
  const { labels, runtime, architecture, os, isReady, ...spec } = { ...DEFAULTS, ...fields };
  const ready = isReady ? { status: 'True' } : { status: 'False', message: 'cni plugin not initialized' };
  return {
    metadata: { name, labels },
    spec,
    status: {
      nodeInfo: { architecture, operatingSystem: os, containerRuntimeVersion: runtime },
      conditions: [{ type: 'Ready', ...ready }],
    },
  };
}

/** Builds a taint that keeps pods away. */
export function noSchedule(key: string): { readonly key: string; readonly effect: string } {
  return { key, effect: 'NoSchedule' };
}
