import { homedir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { clustersDirectory, controlPlaneSite, layOutCluster, parseClusterName } from './cluster-layout.ts';

describe('parseClusterName', () => {
  it.each(['a', 'demo', 'test-2', 'elevenchars'])('accepts %s', (name) => {
    expect(parseClusterName(name)).toBe(name);
  });

  it.each(['', 'Demo', '2nd', '-a', 'a b', 'a/b', '..', 'twelve-chars'])('refuses %j', (name) => {
    expect(() => parseClusterName(name)).toThrow(`"${name}" cannot name a local cluster`);
  });
});

describe('layOutCluster', () => {
  it('shares nothing between two clusters', () => {
    const [one, other] = [layOutCluster('demo', 1, 1), layOutCluster('test', 2, 1)];
    expect(one.stateDirectory).not.toBe(other.stateDirectory);
    expect(one.cgroup).not.toBe(other.cgroup);
    expect(one.network.namespacePath).not.toBe(other.network.namespacePath);
    expect(one.network.hostInterface).not.toBe(other.network.hostInterface);
    expect(one.network.apiAddress).not.toBe(other.network.apiAddress);
    expect(one.nodes[0]?.network.nodeAddress).not.toBe(other.nodes[0]?.network.nodeAddress);
  });

  it('has a valid interface name for the longest cluster name', () => {
    expect(layOutCluster('elevenchars', 1, 1).network.hostInterface.length).toBeLessThanOrEqual(15);
  });

  it('shares only the state directory and the network of the cluster between two nodes', () => {
    const { nodes } = layOutCluster('demo', 3, 2);
    expect(nodes).toMatchObject([
      {
        nodeName: 'node-1',
        cgroup: '/tco-demo/node-1',
        network: { nodeAddress: '198.18.3.11', podSubnet: '10.244.0.0/24' },
      },
      {
        nodeName: 'node-2',
        cgroup: '/tco-demo/node-2',
        network: { nodeAddress: '198.18.3.12', podSubnet: '10.244.1.0/24' },
      },
    ]);
    const [one, other] = nodes;
    expect(one?.nodeDirectory).not.toBe(other?.nodeDirectory);
    expect(one?.network.namespacePath).not.toBe(other?.network.namespacePath);
  });

  it('puts the control plane on none of the nodes', () => {
    const layout = layOutCluster('demo', 3, 1);
    expect(controlPlaneSite(layout)).toMatchObject({ apiAddress: '198.18.3.2', apiPort: 6443, endsWithParent: false });
    expect(controlPlaneSite(layout).enterNetwork(['etcd'])).toEqual(layout.network.enter(['etcd']));
    expect(layout.network.enter([])).not.toEqual(layout.nodes[0]?.network.enter([]));
  });
});

describe('clustersDirectory', () => {
  it.each([
    [{ XDG_STATE_HOME: '/states' }, '/states/temperature-converter-operator/clusters'],
    [{ XDG_STATE_HOME: 'relative' }, `${homedir()}/.local/state/temperature-converter-operator/clusters`],
    [{}, `${homedir()}/.local/state/temperature-converter-operator/clusters`],
  ])('with %j is %s', (environment, expected) => {
    expect(clustersDirectory(environment)).toBe(expected);
  });
});
