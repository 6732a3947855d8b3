import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const KINDS = 'temperatureconverters,deployments,replicasets,pods,services,endpointslices,horizontalpodautoscalers';

describe('a deleted TemperatureConverter', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-deletion');
  });
  afterAll(() => installation.remove());

  it.each(['background', 'foreground'])('leaves no object behind (%s deletion)', async (cascade) => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('deleted'));
    await waitUntilReady(installation, 'deleted');
    await kubectl('delete', 'tc', 'deleted', '-n', namespace, `--cascade=${cascade}`, '--timeout=60s');
    await eventually(
      async () => expect(await kubectl('get', KINDS, '-n', namespace, '-o', 'name')).toBe(''),
      WAIT_TIMEOUT_MS,
    );
  });

  it('can be re-created with the same name immediately', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('recreated'));
    await waitUntilReady(installation, 'recreated');
    await kubectl('delete', 'tc', 'recreated', '-n', namespace);
    await kubectl.apply(namespace, converter('recreated', { service: { port: 8081 } }));
    await waitUntilReady(installation, 'recreated');
  });
});
