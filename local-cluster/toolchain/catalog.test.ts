import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { binaryNameOf, findTool, MODULE_NAMES, TOOL_MODULES } from './catalog.ts';
import { groupForBuild } from './go-install.ts';
import { moduleDirectory } from './go-module.ts';

const PROGRAMS = MODULE_NAMES.flatMap((module) =>
  Object.entries<string>(TOOL_MODULES[module]).map(([name, packagePath]) => ({ module, name, packagePath })),
);

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
  it.each(PROGRAMS)(
    'has $name in $module, which is a tool of its go.mod or a local package',
    ({ module, packagePath }) => {
      const goMod = readFileSync(join(moduleDirectory(module), 'go.mod'), 'utf8');
      expect(packagePath.startsWith('./') || new RegExp(`^(?:tool |\t)${packagePath}$`, 'mu').test(goMod)).toBe(true);
    },
  );

  it('has each program once', () => {
    expect(new Set(PROGRAMS.map(({ name }) => name)).size).toBe(PROGRAMS.length);
    expect(findTool('helm3')).toEqual({ module: 'tests', packagePath: 'helm.sh/helm/v3/cmd/helm' });
  });

  it('is built in groups of one module, without duplicate binary names', () => {
    expect(groupForBuild(['helm', 'kubectl', 'helm', 'helm3', 'etcd'])).toEqual([
      { module: 'cluster', names: ['helm', 'kubectl', 'etcd'] },
      { module: 'cluster', names: ['helm'] },
      { module: 'tests', names: ['helm3'] },
    ]);
  });
});
