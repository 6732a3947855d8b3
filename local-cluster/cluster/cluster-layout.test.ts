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
    const [one, other] = [layOutCluster('demo', 1), layOutCluster('test', 2)];
    expect(one.stateDirectory).not.toBe(other.stateDirectory);
    expect(one.cgroup).not.toBe(other.cgroup);
    expect(one.network.namespacePath).not.toBe(other.network.namespacePath);
    expect(one.network.hostInterface).not.toBe(other.network.hostInterface);
    expect(one.network.nodeAddress).not.toBe(other.network.nodeAddress);
  });

  it('has a valid interface name for the longest cluster name', () => {
    expect(layOutCluster('elevenchars', 1).network.hostInterface.length).toBeLessThanOrEqual(15);
  });

  it('puts the control plane in the network of the node, at its address', () => {
    const layout = layOutCluster('demo', 3);
    expect(controlPlaneSite(layout)).toMatchObject({ apiAddress: '198.18.3.2', apiPort: 6443, endsWithParent: false });
    expect(controlPlaneSite(layout).enterNetwork(['etcd'])).toEqual(layout.network.enter(['etcd']));
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
