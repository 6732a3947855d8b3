import { contextFlags, demoCommand } from './invocation.ts';

/** The machine, as far as it decides whether the local cluster can run. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** The contexts of the user's kubeconfig. */
  readonly contexts: readonly string[];
}

/** Why the local cluster cannot run here and what to type instead; undefined if it can. */
export function whyNoEmbeddedCluster({ platform, isRoot, contexts }: Machine): string | undefined {
  if (platform === 'linux' && isRoot) return undefined;
  const why = platform === 'linux' ? 'The local cluster needs root.' : 'The local cluster needs Linux.';
  const lines = [
    why,
    ...(platform === 'linux' ? ['To start it:', `  sudo ${demoCommand('')}`] : []),
    ...ownCluster(contexts),
  ];
  return lines.join('\n');
}

function ownCluster(contexts: readonly string[]): readonly string[] {
  const flags = '--context kind-kind';
  return contexts.length === 0
    ? [
        'To use a cluster of your own, for instance one of kind (https://kind.sigs.k8s.io), or any with a registry that it pulls from:',
        '  kind create cluster',
        `  ${demoCommand(flags)}`,
        `  ${demoCommand(`${contextFlags('NAME')} --registry registry.example.com/team`)}`,
      ]
    : ['To use a cluster of your kubeconfig:', ...contexts.map((name) => `  ${demoCommand(contextFlags(name))}`)];
}
