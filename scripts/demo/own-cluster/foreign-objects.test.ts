import { describe, expect, it } from '@jest/globals';
import { isForeign } from './foreign-objects.ts';

const HOOK = {
  labels: { 'app.kubernetes.io/part-of': 'temperature-converter' },
  annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' },
};

describe('isForeign', () => {
  it.each([
    { kind: 'ConfigMap', metadata: { name: 'mine' } },
    { kind: 'Secret', type: 'Opaque', metadata: { name: 'mine' } },
    { kind: 'Deployment', metadata: { name: 'mine' } },
    { kind: 'TemperatureConverter', metadata: { name: 'mine' } },
    { kind: 'Job', metadata: { name: 'mine', annotations: { 'helm.sh/hook': 'pre-install' } } },
  ])('is true for what a user created: $kind', (object) => {
    expect(isForeign(object)).toBe(true);
  });

  it.each([
    { kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt' } },
    { kind: 'Job', metadata: { name: 'temperature-converter-operator-crds', ...HOOK } },
    { kind: 'ConfigMap', metadata: { name: 'istio-ca-root-cert' } },
    { kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name: 'default-token-x' } },
    { kind: 'Pod', metadata: { name: 'p', ownerReferences: [{}] } },
    { kind: 'Pod', metadata: { name: 'p', deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ])('is false for what is generated, owned or being deleted: $kind $metadata.name', (object) => {
    expect(isForeign(object)).toBe(false);
  });
});
