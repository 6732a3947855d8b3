import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitForCondition, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';

describe('a spec that cannot be', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-refused-spec');
  });
  afterAll(() => installation.remove());

  it.each([
    ['a port out of range', { service: { port: 70_000 } }, 'spec.service.port'],
    ['more replicas at least than at most', { autoscaling: { minReplicas: 4, maxReplicas: 2 } }, 'minReplicas'],
    ['an image that is no reference', { image: 'Not An Image' }, 'spec.image'],
    ['a typing error', { service: { prot: 80 } }, 'unknown field "spec.service.prot"'],
  ])('%s is refused by kubectl apply, with the field in the message', async (_case, spec, words) => {
    const message = await installation.kubectl.refusal(installation.namespace, converter('refused', spec));
    expect(message).toContain(words);
    expect(await installation.kubectl('get', 'tc', '-n', installation.namespace, '-o', 'name')).toBe('');
  });

  it('an affinity that only the Deployment’s own rules refuse is explained in the status, and mended', async () => {
    const { kubectl, namespace } = installation;
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } };
    await kubectl.apply(namespace, converter('mended', { pod: { affinity } }));
    const condition = await waitForCondition(installation, 'mended', {
      type: 'Ready',
      status: 'False',
      reason: 'Invalid',
    });
    expect(condition.message).toContain('must have at least one node selector term');
    await kubectl.apply(namespace, converter('mended'));
    await waitUntilReady(installation, 'mended');
  });
});
