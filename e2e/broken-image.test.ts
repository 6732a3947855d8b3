import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitForCondition, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const MISSING = 'localhost/no-such-image:1';

describe('an image that does not exist', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-broken-image');
  });
  afterAll(() => installation.remove());

  it('is reported in the status, and correcting the spec recovers', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('broken', { image: MISSING }));
    const wanted = { type: 'Ready', status: 'False', reason: 'ImagePullFailed' } as const;
    const condition = await waitForCondition(installation, 'broken', wanted);
    expect(condition.message).toContain(MISSING);
    await kubectl.apply(namespace, converter('broken'));
    await waitUntilReady(installation, 'broken');
    await waitUntilConverting(installation, 'broken', 80);
  });

  it('does not interrupt the old version during the rollout, and is reported by an event', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('serving'));
    await waitUntilReady(installation, 'serving');
    await kubectl.apply(namespace, converter('serving', { image: MISSING }));
    await waitForCondition(installation, 'serving', { type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
    await waitForCondition(installation, 'serving', { type: 'Available', status: 'True' });
    await waitUntilConverting(installation, 'serving', 80);
    await eventually(async () => {
      expect(await kubectl('describe', 'tc', 'serving', '-n', namespace)).toMatch(/Warning\s+ImagePullFailed/);
    }, WAIT_TIMEOUT_MS);
  });
});
