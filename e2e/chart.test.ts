import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilItConverts, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import { connect, type Installation, OPERATOR_NAMESPACE, RELEASE } from './testing/installation.ts';

const OWN_RELEASE = 'weather';
/** Not the Lease, which the operator makes for itself. */
const EVERYTHING = [
  'deployments,pods,services,horizontalpodautoscalers,jobs,serviceaccounts,roles,rolebindings',
  'configmaps,secrets,poddisruptionbudgets,temperatureconverters',
].join(',');
/** What Kubernetes puts into every namespace. */
const OF_KUBERNETES = ['serviceaccount/default', 'configmap/kube-root-ca.crt'];

describe('a release of the chart', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await connect('e2e-chart');
    // One operator at a time works in all namespaces.
    await installation.helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
  });
  afterAll(() => installation.remove());

  it('brings a converter on the port that was asked for, without waiting for anything', async () => {
    const { helm, namespace, imageValues } = installation;
    await helm('install', OWN_RELEASE, './helm', '-n', namespace, '--set', 'service.port=8088', ...imageValues);
    await waitUntilReady(installation, OWN_RELEASE);
    await waitUntilItConverts(installation, OWN_RELEASE, 8088);
  });

  it('passes helm test, which converts a temperature', async () => {
    const output = await installation.helm('test', OWN_RELEASE, '-n', installation.namespace, '--timeout', '2m');
    expect(output).toMatch(/Phase:\s+Succeeded/);
  });

  it('follows helm upgrade', async () => {
    const { helm, namespace } = installation;
    const upgrade = ['upgrade', OWN_RELEASE, './helm', '-n', namespace, '--reuse-values', '--wait', '--timeout', '3m'];
    await helm(...upgrade, '--set', 'service.port=8089');
    await waitUntilItConverts(installation, OWN_RELEASE, 8089);
  });

  it('brings an older definition of the kind up to date with helm upgrade, and leaves no Job', async () => {
    const { helm, kubectl, namespace } = installation;
    const definition = ['crd', 'temperatureconverters.temperature-converter.io'];
    const columns = (): Promise<string> =>
      kubectl('get', ...definition, '-o', 'jsonpath={.spec.versions[0].additionalPrinterColumns[*].name}');
    const current = await columns();
    const withoutOne = '[{"op":"remove","path":"/spec/versions/0/additionalPrinterColumns/0"}]';
    await kubectl('patch', ...definition, '--type=json', '-p', withoutOne);
    expect(await columns()).not.toBe(current);
    await helm('upgrade', OWN_RELEASE, './helm', '-n', namespace, '--reuse-values', '--wait', '--timeout', '3m');
    expect(await columns()).toBe(current);
    expect(await kubectl('get', 'jobs', '-n', namespace, '-o', 'name')).toBe('');
    expect(await rolesOfTheJob()).toBe('');
    await waitUntilItConverts(installation, OWN_RELEASE, 8089);
  });

  it('is gone after helm uninstall; the definition and the converters of others stay', async () => {
    const { helm, kubectl, namespace } = installation;
    await kubectl.apply('default', converter('bystander'));
    await helm('uninstall', OWN_RELEASE, '-n', namespace, '--wait', '--timeout', '2m');
    await eventually(async () => {
      const left = (await kubectl('get', EVERYTHING, '-n', namespace, '-o', 'name'))
        .split('\n')
        .filter((name) => name !== '');
      expect(left.toSorted()).toEqual(OF_KUBERNETES.toSorted());
    });
    expect(await clusterObjects()).toEqual([]);
    expect(await kubectl('get', 'tc', 'bystander', '-n', 'default', '-o', 'name')).toContain('bystander');
    await kubectl('delete', 'tc', 'bystander', '-n', 'default');
  });

  it('can be installed again', async () => {
    const { helm, namespace, imageValues } = installation;
    await helm('install', OWN_RELEASE, './helm', '-n', namespace, '--set', 'service.port=8088', ...imageValues);
    await waitUntilItConverts(installation, OWN_RELEASE, 8088);
    await helm('uninstall', OWN_RELEASE, '-n', namespace, '--wait', '--timeout', '2m');
  });

  async function rolesOfTheJob(): Promise<string> {
    const selector = `app.kubernetes.io/instance=${OWN_RELEASE},app.kubernetes.io/component=crds`;
    return installation.kubectl('get', 'clusterroles,clusterrolebindings', '-l', selector, '-o', 'name');
  }

  async function clusterObjects(): Promise<readonly string[]> {
    const { kubectl } = installation;
    const selector = `app.kubernetes.io/instance=${OWN_RELEASE}`;
    const names = await kubectl('get', 'clusterroles,clusterrolebindings', '-l', selector, '-o', 'name');
    return names.split('\n').filter((name) => name !== '');
  }
});
