import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { apiServerCommand } from './api-server.ts';
import { controllerManagerCommand } from './controllers.ts';
import { etcdCommand } from './etcd.ts';
import { renderKubeadmConfig } from './kubeadm.ts';
import type { ControlPlaneSite } from './site.ts';

const SITE: ControlPlaneSite = {
  stateDirectory: '/state',
  apiAddress: '127.0.0.1',
  apiPort: 20_001,
  nodeAddress: '198.18.0.1',
  nodeName: 'node-1',
  etcdClientPort: 20_002,
  etcdPeerPort: 20_003,
  enterNetwork: (argv) => argv,
  endsWithParent: true,
};

describe('kubeadm’s configuration', () => {
  it('has certificates for the address of the API server, which differs from the node’s address', () => {
    const [init, cluster] = loadAll(renderKubeadmConfig(SITE, 'v1.37.2'));
    expect(init).toMatchObject({ localAPIEndpoint: { advertiseAddress: '198.18.0.1', bindPort: 20_001 } });
    expect(cluster).toMatchObject({
      kubernetesVersion: 'v1.37.2',
      certificatesDir: '/state/pki',
      controlPlaneEndpoint: '127.0.0.1:20001',
      apiServer: { certSANs: ['127.0.0.1', 'localhost', '127.0.0.1'] },
    });
    expect(cluster).not.toHaveProperty('dns');
  });

  it('has the image of CoreDNS only for that add-on', () => {
    const [, cluster] = loadAll(renderKubeadmConfig(SITE, 'v1.37.2', 'localhost/local-cluster/coredns:0123'));
    expect(cluster).toMatchObject({ dns: { imageRepository: 'localhost/local-cluster', imageTag: '0123' } });
  });
});

describe('the API server', () => {
  it('has additional flags last, so that they take precedence', () => {
    const argv = apiServerCommand('/bin/kube-apiserver', SITE, ['--profiling=true']);
    expect(argv[0]).toBe('/bin/kube-apiserver');
    expect(argv.at(-1)).toBe('--profiling=true');
  });

  it('uses the client URL of etcd', () => {
    const url = 'http://127.0.0.1:20002';
    expect(etcdCommand('/bin/etcd', SITE)).toContain(`--listen-client-urls=${url}`);
    expect(apiServerCommand('/bin/kube-apiserver', SITE, [])).toContain(`--etcd-servers=${url}`);
  });

  it('enables OwnerReferencesPermissionEnforcement', () => {
    expect(apiServerCommand('x', SITE, [])).toContain(
      '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
    );
  });
});

describe('the controller manager', () => {
  it('has flags for the autoscaler’s timing', () => {
    const timing = { syncPeriodSeconds: 1, initialReadinessDelaySeconds: 2, cpuInitializationPeriodSeconds: 3 };
    expect(controllerManagerCommand('x', SITE, timing)).toEqual(
      expect.arrayContaining([
        '--horizontal-pod-autoscaler-sync-period=1s',
        '--horizontal-pod-autoscaler-initial-readiness-delay=2s',
        '--horizontal-pod-autoscaler-cpu-initialization-period=3s',
      ]),
    );
  });
});
