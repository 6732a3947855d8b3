import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, podsOf, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';

describe('a change of the port', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-port-change');
  });
  afterAll(() => installation.remove());

  it('changes the Service and restarts no pod', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('moving'));
    await waitUntilReady(installation, 'moving');
    const podsBefore = await podsOf(installation, 'moving');
    const revisionBefore = await revisionOf(installation);

    await kubectl('patch', 'tc', 'moving', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":8123}}}');
    await waitUntilReady(installation, 'moving');
    await waitUntilConverting(installation, 'moving', 8123);

    expect(await podsOf(installation, 'moving')).toEqual(podsBefore);
    expect(await revisionOf(installation)).toBe(revisionBefore);
    const ports = await kubectl('get', 'service', 'moving', '-n', namespace, '-o', 'jsonpath={.spec.ports[*].port}');
    expect(ports).toBe('8123');
  });
});

function revisionOf({ kubectl, namespace }: Installation): Promise<string> {
  return kubectl('get', 'deployment', 'moving', '-n', namespace, '-o', 'jsonpath={.metadata.generation}');
}
