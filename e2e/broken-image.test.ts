import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitForCondition, waitUntilItConverts, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';

const MISSING = 'localhost/no-such-image:1';

describe('an image that does not exist', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-broken-image');
  });
  afterAll(() => installation.remove());

  it('is explained in the status, and mending the spec mends all', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('broken', { image: MISSING }));
    const wanted = { type: 'Ready', status: 'False', reason: 'ImagePullFailed' } as const;
    const condition = await waitForCondition(installation, 'broken', wanted);
    expect(condition.message).toContain(MISSING);
    await kubectl.apply(namespace, converter('broken'));
    await waitUntilReady(installation, 'broken');
    await waitUntilItConverts(installation, 'broken', 80);
  });

  it('leaves the old version serving while the new one cannot start, and tells by an event', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('serving'));
    await waitUntilReady(installation, 'serving');
    await kubectl.apply(namespace, converter('serving', { image: MISSING }));
    await waitForCondition(installation, 'serving', { type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
    await waitForCondition(installation, 'serving', { type: 'Available', status: 'True' });
    await waitUntilItConverts(installation, 'serving', 80);
    await eventually(async () => {
      expect(await kubectl('describe', 'tc', 'serving', '-n', namespace)).toMatch(/Warning\s+ImagePullFailed/);
    });
  });
});
