import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { hasSysResource, renderCniConfig, renderContainerdConfig } from './containerd.ts';
import { kubeProxyCommand } from './kube-proxy.ts';
import { kubeletCommand, renderKubeletConfig } from './kubelet.ts';
import { clusterNetworkOf, nodeNetworkOf } from './network-namespace.ts';

const FACTS = { snapshotter: 'overlayfs', mayLowerOomScore: true, cniPluginDirectory: '/usr/lib/cni' } as const;

describe('containerd’s configuration', () => {
  it('has the settings of the machine', () => {
    const config = renderContainerdConfig(FACTS, 'localhost/pause:1');
    expect(config).toContain('snapshotter = "overlayfs"');
    expect(config).toContain('sandbox_image = "localhost/pause:1"');
    expect(config).toContain('bin_dir = "/usr/lib/cni"');
  });

  it.each([
    [true, 'restrict_oom_score_adj = false'],
    [false, 'restrict_oom_score_adj = true'],
  ])('with CAP_SYS_RESOURCE %s has %s', (mayLowerOomScore, line) => {
    expect(renderContainerdConfig({ ...FACTS, mayLowerOomScore }, 'x')).toContain(line);
  });

  it.each([
    ['CapEff:\t000001ffffffffff\n', true],
    ['CapInh:\t000001ffffffffff\nCapEff:\t000001fffeffffff\n', false],
    ['', false],
  ])('reads the capability from %j', (status, expected) => {
    expect(hasSysResource(status)).toBe(expected);
  });
});

describe('the CNI configuration', () => {
  it('allocates pod addresses from the node’s subnet', () => {
    const range = { rangeStart: '10.244.1.2', rangeEnd: '10.244.1.254', gateway: '10.244.1.1' };
    expect(JSON.parse(renderCniConfig('10.244.1.0/24', '10.244.0.0/16'))).toMatchObject({
      plugins: [{ type: 'ptp', ipam: { ranges: [[range]] } }, { type: 'portmap' }],
    });
  });

  it('keeps the addresses of pods that call pods on other nodes', () => {
    expect(JSON.parse(renderCniConfig('10.244.1.0/24', '10.244.0.0/16'))).toMatchObject({
      plugins: [{ ipMasq: true, ipam: { ranges: [[{ subnet: '10.244.0.0/16' }]] } }, {}],
    });
  });
});

describe('the kubelet’s configuration', () => {
  it('puts pods in the cluster’s cgroup, with cgroup v1 or v2', () => {
    expect(load(renderKubeletConfig('/tco-x'))).toMatchObject({
      cgroupRoot: '/tco-x',
      failCgroupV1: false,
      authentication: { anonymous: { enabled: false } },
      authorization: { mode: 'Webhook' },
    });
  });

  it('writes to no directory of the host', () => {
    expect(load(renderKubeletConfig('/tco-x'))).toMatchObject({ volumePluginDir: '/var/lib/kubelet/volume-plugins' });
    expect(kubeletCommand('n', '198.18.1.2')).toContain('--root-dir=/var/lib/kubelet');
  });
});

describe('kube-proxy', () => {
  it('does not change kernel settings of the machine', () => {
    expect(kubeProxyCommand('n', '10.244.0.0/16')).toEqual(
      expect.arrayContaining(['--conntrack-max-per-core=0', '--conntrack-tcp-timeout-established=0']),
    );
  });
});

describe('a network', () => {
  const cluster = clusterNetworkOf('tco-x', 7);

  it('has a subnet for each cluster', () => {
    expect(cluster).toMatchObject({ hostAddress: '198.18.7.1', apiAddress: '198.18.7.2', hostInterface: 'tco-x' });
    expect(nodeNetworkOf(cluster, 2)).toMatchObject({ nodeAddress: '198.18.7.12', podSubnet: '10.244.1.0/24' });
  });

  it('is entered without mounting another /sys', () => {
    const enter = ['nsenter', '--net=/run/netns/tco-x.node-2', '--', 'ip', 'route'];
    expect(nodeNetworkOf(cluster, 2).enter(['ip', 'route'])).toEqual(enter);
  });
});
