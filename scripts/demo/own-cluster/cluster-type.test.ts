import { describe, expect, it } from '@jest/globals';
import { clusterTypeOf } from './cluster-type.ts';
import { buildNode as node } from './testing/build-node.ts';

describe('clusterTypeOf', () => {
  it.each([
    ['kind-kind', 'kind://docker/kind/kind-control-plane', { cluster: 'kind', provider: 'docker' }],
    ['kind-dev', 'kind://podman/dev/dev-control-plane', { cluster: 'dev', provider: 'podman' }],
    ['a-renamed-context', 'kind://docker/dev/dev-control-plane', { cluster: 'dev', provider: 'docker' }],
  ])('finds kind at the nodes of %s', (context, providerID, expected) => {
    expect(clusterTypeOf(context, [node('n', { providerID })])).toEqual({ type: 'kind', ...expected });
  });

  it.each(['minikube', 'my-profile'])('finds minikube and its profile, with the context %s', (context) => {
    const nodes = [node('m', { labels: { 'minikube.k8s.io/name': 'my-profile' } }), node('m-m02')];
    expect(clusterTypeOf(context, nodes)).toEqual({ type: 'minikube', profile: 'my-profile' });
  });

  it('finds k3d at its server, among agents and nodes that were added', () => {
    const nodes = ['k3d-added-0', 'k3d-my-dev-agent-0', 'k3d-my-dev-server-0'].map((name) => node(name));
    expect(clusterTypeOf('k3d-my-dev', nodes)).toEqual({ type: 'k3d', cluster: 'my-dev' });
  });

  it.each([
    ['docker-desktop', 'docker-desktop', 'Docker Desktop'],
    ['orbstack', 'orbstack', 'OrbStack'],
    ['rancher-desktop', 'lima-rancher-desktop', 'Rancher Desktop'],
    ['colima', 'colima', 'Colima'],
    ['colima-work', 'colima-work', 'Colima'],
  ])('finds that %s shares its Docker engine', (context, name, product) => {
    expect(clusterTypeOf(context, [node(name, { runtime: 'docker://28.2.2' })])).toEqual({
      type: 'shared-engine',
      product,
      engineHost: name,
    });
  });

  it('finds that the kind nodes of Docker Desktop share its engine', () => {
    const nodes = ['desktop-control-plane', 'desktop-worker'].map((name) =>
      node(name, { providerID: `kind://docker/desktop/${name}` }),
    );
    expect(clusterTypeOf('docker-desktop', nodes)).toMatchObject({
      type: 'shared-engine',
      engineHost: 'docker-desktop',
    });
  });

  it.each(['rancher-desktop', 'colima'])('advises to switch %s from containerd to Docker', (context) => {
    expect(clusterTypeOf(context, [node('lima', { runtime: 'containerd://2.0' })])).toEqual({
      type: 'other',
      advice: expect.stringContaining('containerd://2.0'),
    });
  });

  it.each(['kind-prod', 'k3d-prod', 'minikube'])('does not trust the name of the context %s', (context) => {
    expect(clusterTypeOf(context, [node('ip-10-0-0-1')])).toEqual({
      type: 'other',
      advice: expect.stringContaining('its nodes are not'),
    });
  });

  it.each(['prod', 'kubernetes-admin@kubernetes', 'gke_p_z_c', 'my-kind-of-cluster'])(
    'knows nothing of %s',
    (context) => {
      expect(clusterTypeOf(context, [node('n', { providerID: 'gce://p/z/n' })])).toEqual({ type: 'other' });
    },
  );
});
