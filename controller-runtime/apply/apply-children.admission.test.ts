import { beforeEach, describe, expect, it } from '@jest/globals';
import { nameOfChild } from './decide.ts';
import { type ReceivedRequest } from '../testing/fake-server.ts';
import { ALL, UNCHANGED, type Answer, setUpApplyTestEnvironment } from '../testing/apply-test-environment.ts';

const environment = setUpApplyTestEnvironment();

const HOUR_MS = 60 * 60_000;
const NAME = nameOfChild('Service', 'blue/web');

function admit(request: ReceivedRequest): Answer {
  // SAFETY: the answer to an apply is an object with a spec.
  const object = environment.written(request) as { spec: object };
  return { body: { ...object, spec: { ...object.spec, type: 'LoadBalancer' } } };
}

describe('an object that admission plug-ins change in every write', () => {
  const CHANGES = [{ path: 'spec.type', wanted: 'ClusterIP', found: 'LoadBalancer', steps: ['f:spec', 'f:type'] }];

  beforeEach(() => {
    environment.respond = admit;
  });

  it('is created, and is not written again for an hour', async () => {
    expect(await environment.applyService()).toEqual({
      type: 'changedByAdmission',
      changes: CHANGES,
      retryAfterMs: HOUR_MS,
    });
    environment.clock.advance(1000);
    expect(await environment.applyService()).toEqual({
      type: 'changedByAdmission',
      changes: CHANGES,
      retryAfterMs: HOUR_MS - 1000,
    });
    expect(environment.requests).toEqual(['apply services']);
    environment.clock.advance(HOUR_MS - 1000);
    expect(await environment.applyService()).toEqual({
      type: 'changedByAdmission',
      changes: CHANGES,
      retryAfterMs: HOUR_MS,
    });
    expect(environment.requests).toHaveLength(2);
  });

  it('is not written again when only its version changes', async () => {
    await environment.applyService();
    const live = environment.cachedService();
    if (live === undefined) throw new Error('there is no Service');
    environment.service.kind.store.upsert(ALL, { ...live, metadata: { ...live.metadata, resourceVersion: '500' } });
    expect(await environment.applyService()).toMatchObject({ type: 'changedByAdmission' });
    expect(environment.requests).toHaveLength(1);
  });

  it('is written at once when the field becomes something else', async () => {
    await environment.applyService();
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService()).toMatchObject({ type: 'changedByAdmission', changes: CHANGES });
    expect(environment.requests).toHaveLength(2);
  });

  it('is written at once when another field changes, which is all that counts as repaired', async () => {
    await environment.applyService();
    for (let count = 0; count < 4; count += 1) {
      environment.change(environment.service, { type: 'LoadBalancer', sessionAffinity: 'ClientIP' });
      expect(await environment.applyService()).toMatchObject({ type: 'changedByAdmission', changes: CHANGES });
    }
    expect(environment.requests).toHaveLength(5);
    expect(environment.context.limiter.waitMs(NAME, ['spec.sessionAffinity'])).toBe(5000);
    expect(environment.context.limiter.waitMs(NAME, ['spec.type'])).toBe(0);
  });

  it('is as desired once the policy is gone and the object was written again', async () => {
    await environment.applyService();
    environment.respond = () => undefined;
    environment.clock.advance(HOUR_MS);
    expect(await environment.applyService()).toMatchObject({ type: 'updated' });
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });
});
