import { describe, expect, it } from '@jest/globals';
import { API_SERVER_VERSIONS, findApiServerVersion, selectedApiServerVersion } from './api-server-versions.ts';
import { readGoModule } from './toolchain/go-module.ts';
import { kubernetesVersion } from './tools.ts';

const NEWEST = API_SERVER_VERSIONS.at(-1);

describe('the versions of the API server', () => {
  it('are each minor version from the oldest to that of the local cluster', () => {
    const [oldest = 0, ...newer] = API_SERVER_VERSIONS.map(({ minor }) => Number(minor.replace('1.', '')));
    expect(newer).toEqual(newer.map((_, index) => oldest + index + 1));
    expect(NEWEST).toMatchObject({ tool: 'kube-apiserver', version: kubernetesVersion() });
  });

  it.each(API_SERVER_VERSIONS.filter((version) => version !== NEWEST))(
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
    [{}, NEWEST?.minor],
    [{ KUBERNETES_VERSION: '' }, NEWEST?.minor],
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
