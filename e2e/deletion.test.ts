import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';

const KINDS = 'temperatureconverters,deployments,replicasets,pods,services,endpointslices,horizontalpodautoscalers';

describe('a deleted TemperatureConverter', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-deletion');
  });
  afterAll(() => installation.remove());

  it.each(['background', 'foreground'])('leaves nothing (%s deletion)', async (cascade) => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('gone'));
    await waitUntilReady(installation, 'gone');
    await kubectl('delete', 'tc', 'gone', '-n', namespace, `--cascade=${cascade}`, '--timeout=60s');
    await eventually(async () => expect(await kubectl('get', KINDS, '-n', namespace, '-o', 'name')).toBe(''));
  });

  it('can be made again under its name at once', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('again'));
    await waitUntilReady(installation, 'again');
    await kubectl('delete', 'tc', 'again', '-n', namespace);
    await kubectl.apply(namespace, converter('again', { service: { port: 8081 } }));
    await waitUntilReady(installation, 'again');
  });
});
