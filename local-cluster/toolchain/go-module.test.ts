import { describe, expect, it } from '@jest/globals';
import { buildFingerprint, buildFlags, parseGoMod, readGoModule } from './go-module.ts';

const GO_MOD = `module local-cluster/tools

go 1.26.4

require (
\tk8s.io/component-base v0.37.2 // indirect
\tk8s.io/kubernetes v1.37.2 // indirect
)
`;

describe('parseGoMod', () => {
  it('finds the versions of Go and of Kubernetes', () => {
    expect(parseGoMod(GO_MOD)).toEqual({ goVersion: '1.26.4', kubernetesVersion: 'v1.37.2' });
  });

  it.each([
    ['Kubernetes', GO_MOD.replace(/.*k8s.io\/kubernetes.*\n/u, '')],
    ['the Go version', GO_MOD.replace('go 1.26.4', '')],
  ])('throws when %s is not named', (_, text) => {
    expect(() => parseGoMod(text)).toThrow('go.mod');
  });
});

describe('buildFlags', () => {
  it('stamp the version into the binaries', () => {
    expect(buildFlags({ kubernetesVersion: 'v1.37.2' }).at(-1)).toBe(
      '-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2' +
        ' -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37',
    );
  });
});

describe('the real module', () => {
  it('is read, and has the same fingerprint each time', () => {
    expect(readGoModule().kubernetesVersion).toMatch(/^v\d+\.\d+\.\d+$/u);
    expect(buildFingerprint()).toMatch(/^[\da-f]{16}$/u);
    expect(buildFingerprint()).toBe(buildFingerprint());
  });
});
