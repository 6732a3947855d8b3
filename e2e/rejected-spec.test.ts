import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';

describe('an invalid spec', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-rejected-spec');
  });
  afterAll(() => installation.remove());

  it.each([
    ['a port out of range', { service: { port: 70_000 } }, 'spec.service.port'],
    ['a minimum of replicas above the maximum', { autoscaling: { minReplicas: 4, maxReplicas: 2 } }, 'minReplicas'],
    ['an invalid image reference', { image: 'Not An Image' }, 'spec.image'],
    ['an unknown field', { service: { prot: 80 } }, 'unknown field "spec.service.prot"'],
  ])('%s is rejected by kubectl apply with the name of the field', async (_case, spec, text) => {
    const message = await installation.kubectl.applyError(installation.namespace, converter('rejected', spec));
    expect(message).toContain(text);
    expect(await installation.kubectl('get', 'tc', '-n', installation.namespace, '-o', 'name')).toBe('');
  });

  it('an affinity that only the Deployment rejects is reported in the status, and recovers when corrected', async () => {
    const { kubectl, namespace } = installation;
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } };
    await kubectl.apply(namespace, converter('corrected', { pod: { affinity } }));
    const condition = await waitForCondition(installation, 'corrected', {
      type: 'Ready',
      status: 'False',
      reason: 'Invalid',
    });
    expect(condition.message).toContain('must have at least one node selector term');
    await kubectl.apply(namespace, converter('corrected'));
    await waitUntilReady(installation, 'corrected');
  });
});
