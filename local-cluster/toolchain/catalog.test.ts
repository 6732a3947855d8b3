import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { binaryNameOf, TOOL_PACKAGES } from './catalog.ts';
import { groupByBinary } from './go-install.ts';
import { MODULE_DIRECTORY } from './go-module.ts';

describe('binaryNameOf', () => {
  it.each([
    ['go.etcd.io/etcd/server/v3', 'server'],
    ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
    ['helm.sh/helm/v4/cmd/helm', 'helm'],
    ['./coredns', 'coredns'],
  ])('of %s is %s', (packagePath, name) => {
    expect(binaryNameOf(packagePath)).toBe(name);
  });
});

describe('the catalog', () => {
  it.each(Object.entries(TOOL_PACKAGES))('has %s from a module that go.mod pins as a tool, or from here', (_, path) => {
    const goMod = readFileSync(join(MODULE_DIRECTORY, 'go.mod'), 'utf8');
    expect(path.startsWith('./') || goMod.includes(`\t${path}\n`)).toBe(true);
  });

  it('is built in groups in which no binary overwrites another', () => {
    const groups = groupByBinary(['helm', 'kubectl', 'helm', 'etcd']);
    expect(groups).toEqual([['helm', 'kubectl', 'etcd'], ['helm']]);
  });
});
