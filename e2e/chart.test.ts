import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { connect, type Installation, OPERATOR_NAMESPACE, RELEASE } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const OWN_RELEASE = 'weather';
/** All kinds of the release except the Lease, which the operator creates. */
const EVERYTHING = [
  'deployments,pods,services,horizontalpodautoscalers,jobs,serviceaccounts,roles,rolebindings',
  'configmaps,secrets,poddisruptionbudgets,temperatureconverters',
].join(',');
/** The objects that Kubernetes creates in every namespace. */
const DEFAULT_OBJECTS = ['serviceaccount/default', 'configmap/kube-root-ca.crt'];

describe('a release of the chart', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await connect('e2e-chart');
    // Only one operator may watch all namespaces.
    await installation.helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
  });
  afterAll(() => installation.remove());

  it('installs a converter on the configured port without --wait', async () => {
    const { helm, namespace, imageValues } = installation;
    await helm('install', OWN_RELEASE, './helm', '-n', namespace, '--set', 'service.port=8088', ...imageValues);
    await waitUntilReady(installation, OWN_RELEASE);
    await waitUntilConverting(installation, OWN_RELEASE, 8088);
  });

  it('passes helm test, which converts a temperature', async () => {
    const output = await installation.helm('test', OWN_RELEASE, '-n', installation.namespace, '--timeout', '2m');
    expect(output).toMatch(/Phase:\s+Succeeded/);
  });

  it('changes the port with helm upgrade', async () => {
    const { helm, namespace } = installation;
    const upgrade = ['upgrade', OWN_RELEASE, './helm', '-n', namespace, '--reuse-values', '--wait', '--timeout', '3m'];
    await helm(...upgrade, '--set', 'service.port=8089');
    await waitUntilConverting(installation, OWN_RELEASE, 8089);
  });

  it('upgrades the CustomResourceDefinition with helm upgrade, and deletes the Job', async () => {
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
    await waitUntilConverting(installation, OWN_RELEASE, 8089);
  });

  it('is deleted by helm uninstall, which keeps the CustomResourceDefinition and other converters', async () => {
    const { helm, kubectl, namespace } = installation;
    await kubectl.apply('default', converter('bystander'));
    await helm('uninstall', OWN_RELEASE, '-n', namespace, '--wait', '--timeout', '2m');
    await eventually(async () => {
      const remaining = (await kubectl('get', EVERYTHING, '-n', namespace, '-o', 'name'))
        .split('\n')
        .filter((name) => name !== '');
      expect(remaining.toSorted()).toEqual(DEFAULT_OBJECTS.toSorted());
    }, WAIT_TIMEOUT_MS);
    expect(await clusterObjects()).toEqual([]);
    expect(await kubectl('get', 'tc', 'bystander', '-n', 'default', '-o', 'name')).toContain('bystander');
    await kubectl('delete', 'tc', 'bystander', '-n', 'default');
  });

  it('can be reinstalled', async () => {
    const { helm, namespace, imageValues } = installation;
    await helm('install', OWN_RELEASE, './helm', '-n', namespace, '--set', 'service.port=8088', ...imageValues);
    await waitUntilConverting(installation, OWN_RELEASE, 8088);
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
