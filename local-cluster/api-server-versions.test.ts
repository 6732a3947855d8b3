import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  API_SERVER_VERSIONS,
  findApiServerVersion,
  NEWEST_API_SERVER,
  OLDEST_API_SERVER,
  selectedApiServerVersion,
} from './api-server-versions.ts';
import { readGoModule } from './toolchain/go-module.ts';
import { kubernetesVersion } from './tools.ts';

describe('the versions of the API server', () => {
  it('are each minor version from the oldest to that of the local cluster', () => {
    const [oldest = 0, ...newer] = API_SERVER_VERSIONS.map(({ minor }) => Number(minor.replace('1.', '')));
    expect(newer).toEqual(newer.map((_, index) => oldest + index + 1));
    expect(NEWEST_API_SERVER).toMatchObject({ tool: 'kube-apiserver', version: kubernetesVersion() });
  });

  it('begin with the oldest version that the chart supports', () => {
    const chart = readFileSync(join(import.meta.dirname, '..', 'helm', 'Chart.yaml'), 'utf8');
    expect(chart).toContain(`kubeVersion: '>=${OLDEST_API_SERVER.minor}.0-0'`);
  });

  it.each(API_SERVER_VERSIONS.filter((version) => version !== NEWEST_API_SERVER))(
    '$minor has a module with its name, whose parts of Kubernetes have the same version',
    ({ minor, version, tool }) => {
      expect(tool).toBe(`kube-apiserver-${minor}`);
      if (tool === 'kube-apiserver') throw new Error('the local cluster has the newest version only');
      const { versions } = readGoModule(tool);
      expect(versions.get('k8s.io/kubernetes')).toBe(version);
      expect(versions.get('k8s.io/apiserver')).toBe(version.replace('v1', 'v0'));
    },
  );

  it.each([
    [{}, NEWEST_API_SERVER.minor],
    [{ KUBERNETES_VERSION: '' }, NEWEST_API_SERVER.minor],
    [{ KUBERNETES_VERSION: '1.30' }, '1.30'],
  ])('%j selects %s', (environment, minor) => {
    expect(selectedApiServerVersion(environment).minor).toBe(minor);
  });

  it('that do not exist are refused with a list of those that do', () => {
    expect(() => findApiServerVersion('1.29')).toThrow(
      /no API server of Kubernetes 1\.29\. Choose one of 1\.30, 1\.31, /u,
    );
  });
});
