import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { hasSysResource, renderCniConfig, renderContainerdConfig } from './containerd.ts';
import { kubeProxyCommand } from './kube-proxy.ts';
import { kubeletCommand, renderKubeletConfig } from './kubelet.ts';
import { networkOf } from './network-namespace.ts';

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
    expect(JSON.parse(renderCniConfig('10.244.0.0/24'))).toMatchObject({
      plugins: [{ type: 'ptp', ipam: { ranges: [[{ subnet: '10.244.0.0/24' }]] } }, { type: 'portmap' }],
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

describe('networkOf', () => {
  it('has a subnet for each index, and enters the namespace without mounting another /sys', () => {
    const network = networkOf('tco-x', 7);
    expect(network).toMatchObject({ hostAddress: '198.18.7.1', nodeAddress: '198.18.7.2', hostInterface: 'tco-x' });
    expect(network.enter(['ip', 'route'])).toEqual(['nsenter', '--net=/run/netns/tco-x', '--', 'ip', 'route']);
  });
});
