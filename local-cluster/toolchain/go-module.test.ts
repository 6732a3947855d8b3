import { describe, expect, it } from '@jest/globals';
import { MODULE_NAMES } from './catalog.ts';
import { buildFingerprint, buildFlags, parseGoMod, readGoModule, versionOf } from './go-module.ts';

const GO_MOD = `module local-cluster/tools

go 1.26.4

require github.com/coredns/coredns v1.15.0

require (
\tk8s.io/component-base v0.37.2 // indirect
\tk8s.io/kubernetes v1.37.2 // indirect
)

replace (
\tk8s.io/api => k8s.io/api v0.37.2
)
`;

describe('parseGoMod', () => {
  it('parses the version of Go and of each required module', () => {
    const goModule = parseGoMod(GO_MOD);
    expect(goModule.goVersion).toBe('1.26.4');
    expect([...goModule.versions]).toEqual([
      ['github.com/coredns/coredns', 'v1.15.0'],
      ['k8s.io/component-base', 'v0.37.2'],
      ['k8s.io/kubernetes', 'v1.37.2'],
    ]);
    expect(versionOf(goModule, 'k8s.io/kubernetes')).toBe('v1.37.2');
    expect(() => versionOf(goModule, 'k8s.io/api')).toThrow('does not require k8s.io/api');
  });

  it('throws without a Go version', () => {
    expect(() => parseGoMod(GO_MOD.replace('go 1.26.4', ''))).toThrow('go.mod');
  });
});

describe('buildFlags', () => {
  it.each([
    [
      { 'k8s.io/kubernetes': 'v1.37.2' },
      '-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2' +
        ' -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37',
    ],
    [
      { 'helm.sh/helm/v3': 'v3.22.0', 'k8s.io/client-go': 'v0.37.2' },
      '-s -w -X helm.sh/helm/v3/internal/version.version=v3.22.0' +
        ' -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor=37' +
        ' -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=37',
    ],
    [{ 'k8s.io/api': 'v0.32.3' }, '-s -w'],
  ])('set the versions in the binaries: %j', (versions, flags) => {
    expect(buildFlags({ goVersion: '1.26.4', versions: new Map(Object.entries(versions)) }).at(-1)).toBe(flags);
  });
});

describe('the real modules', () => {
  it.each(MODULE_NAMES)('%s is valid, and has a stable fingerprint', (module) => {
    expect(readGoModule(module).goVersion).toMatch(/^\d+\.\d+\.\d+$/u);
    expect(buildFingerprint(module)).toMatch(/^[\da-f]{16}$/u);
    expect(buildFingerprint(module)).toBe(buildFingerprint(module));
  });

  it('have different fingerprints', () => {
    expect(new Set(MODULE_NAMES.map(buildFingerprint)).size).toBe(MODULE_NAMES.length);
  });
});
