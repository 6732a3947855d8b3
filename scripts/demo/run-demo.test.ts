import { describe, expect, it } from '@jest/globals';
import type { DemoCluster } from './demo-cluster.ts';
import { runDemo } from './run-demo.ts';

/** A cluster with a release in a status, which records the commands of the installation. */
function clusterWithRelease(status: string) {
  const commands: (string | undefined)[] = [];
  const cluster: DemoCluster = {
    helm: ([command]) => {
      commands.push(command);
      return Promise.resolve(JSON.stringify({ info: { status } }));
    },
    kubectl: () => Promise.resolve(''),
    get: <T>() => Promise.resolve({ items: [] } as T), // The list of pods.
    create: () => Promise.resolve(),
    operatorNamespace: 'demo',
    converterNamespace: 'demo',
    imageTags: [],
    afterInstallation: () => {
      commands.push('afterInstallation');
      return Promise.resolve();
    },
    chartArguments: [],
    shellSetup: [],
    kubectlCommand: 'kubectl',
    moreCommands: [],
    cleanUp: [],
  };
  return { cluster, commands };
}

describe('runDemo', () => {
  it.each(['pending-install', 'pending-upgrade', 'uninstalling'])(
    'removes a release in the status %s, which Helm refuses to upgrade',
    async (status) => {
      const { cluster, commands } = clusterWithRelease(status);
      await runDemo(cluster, new AbortController().signal);
      expect(commands).toEqual(['status', 'uninstall', 'upgrade', 'afterInstallation']);
    },
  );

  it.each(['deployed', 'failed'])('upgrades a release in the status %s', async (status) => {
    const { cluster, commands } = clusterWithRelease(status);
    await runDemo(cluster, new AbortController().signal);
    expect(commands).toEqual(['status', 'upgrade', 'afterInstallation']);
  });
});
