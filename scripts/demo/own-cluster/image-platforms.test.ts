import { describe, expect, it } from '@jest/globals';
import { DemoError } from '../demo-error.ts';
import { checkDelivery } from './choose-delivery.ts';
import { imagePlatforms } from './image-platforms.ts';
import { buildNode, noSchedule } from './testing/build-node.ts';

const NO_FLAGS = { platform: undefined, registry: undefined };
const REGISTRY = { platform: undefined, registry: 'registry.example.com' };
const CORDONED = buildNode('cordoned', { architecture: 's390x', unschedulable: true });

describe('imagePlatforms', () => {
  it('returns each platform of the nodes that take pods', () => {
    const nodes = [
      buildNode('a', { architecture: 'arm64' }),
      buildNode('b'),
      buildNode('c'),
      CORDONED,
      buildNode('control-plane', { architecture: 'ppc64le', taints: [noSchedule('k')] }),
      buildNode('preferred-elsewhere', { architecture: 'riscv64', taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }),
      buildNode('windows', { os: 'windows' }),
    ];
    expect(imagePlatforms(nodes, REGISTRY)).toEqual(['linux/amd64', 'linux/arm64', 'linux/riscv64']);
  });

  it('leaves out a node that is lost', () => {
    const taints = [noSchedule('node.kubernetes.io/unreachable')];
    const lost = buildNode('lost', { architecture: 'arm64', isReady: false, taints });
    expect(imagePlatforms([buildNode('a'), lost], NO_FLAGS)).toEqual(['linux/amd64']);
  });

  it.each([
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/network-unavailable',
    'node.kubernetes.io/disk-pressure',
    'node.cloudprovider.kubernetes.io/uninitialized',
  ])('counts a node with the taint %s, which Kubernetes removes by itself', (taint) => {
    expect(imagePlatforms([buildNode('n', { taints: [noSchedule(taint)] })], NO_FLAGS)).toEqual(['linux/amd64']);
    expect(() =>
      imagePlatforms([buildNode('n', { taints: [noSchedule(taint), noSchedule('mine')] })], NO_FLAGS),
    ).toThrow(DemoError);
  });

  it('needs a registry for several platforms', () => {
    const nodes = [buildNode('a'), buildNode('b', { architecture: 'arm64' })];
    expect(() => imagePlatforms(nodes, NO_FLAGS)).toThrow('several platforms (linux/amd64, linux/arm64)');
  });

  it.each([
    [[], 'The cluster has no node.'],
    [[CORDONED], 'No node of the cluster can run the demo'],
  ])('needs a platform if no node takes pods: %#', (nodes, message) => {
    expect(() => imagePlatforms(nodes, REGISTRY)).toThrow(message);
    expect(() => imagePlatforms(nodes, REGISTRY)).toThrow('--platform linux/amd64');
    expect(imagePlatforms(nodes, { ...REGISTRY, platform: 'linux/arm64' })).toEqual(['linux/arm64']);
  });
});

describe('checkDelivery', () => {
  it('says that the cluster has no node, instead of doubting its type', () => {
    const target = { context: 'k3d-dev', clusterType: { type: 'other' }, nodes: [], registry: undefined } as const;
    expect(() => {
      checkDelivery(target);
    }).toThrow('The cluster of the context k3d-dev has no node');
  });
});
