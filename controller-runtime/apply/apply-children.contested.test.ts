import { beforeEach, describe, expect, it } from '@jest/globals';
import { EDITOR, UNCHANGED, CREATED, owner, setUpApplyTestEnvironment } from '../testing/apply-test-environment.ts';

const environment = setUpApplyTestEnvironment();

async function repairType(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService()).toEqual({ type: 'repaired', fields: ['spec.type'], by: EDITOR });
  }
}

describe('a field that another writer keeps changing', () => {
  const CONTESTED = { type: 'contested', field: 'spec.type', by: EDITOR };

  beforeEach(() => {
    environment.cache(environment.service);
  });

  it('is repaired four times at once, and then every five seconds', async () => {
    await repairType(4);
    environment.requests.length = 0;
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService()).toEqual({ ...CONTESTED, retryAfterMs: 5000 });
    environment.clock.advance(4999);
    expect(await environment.applyService()).toEqual({ ...CONTESTED, retryAfterMs: 1 });
    expect(environment.requests).toEqual([]);
    environment.clock.advance(1);
    await environment.applyService();
    expect(environment.requests).toEqual(['apply services']);
    expect(environment.cachedService()).toMatchObject({ spec: { type: 'ClusterIP' } });
  });

  it('is contested from the first repair that was delayed until 20 seconds after the last repair', async () => {
    await repairType(4);
    environment.change(environment.service, { type: 'NodePort' });
    await environment.applyService();
    environment.clock.advance(5000);
    expect(await environment.applyService()).toEqual({ ...CONTESTED, retryAfterMs: 20_000 });
    environment.clock.advance(19_000);
    expect(await environment.applyService()).toEqual({ ...CONTESTED, retryAfterMs: 1000 });
    environment.clock.advance(1000);
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });

  it('is not contested when its repairs were not delayed', async () => {
    await repairType(4);
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });

  it('is contested by another process of this manager when this manager owns its other value', async () => {
    const changed = { spec: { type: 'NodePort' } };
    for (let count = 0; count < 4; count += 1) {
      environment.cache(environment.service, changed);
      expect(await environment.applyService()).toMatchObject({ type: 'updated' });
    }
    environment.cache(environment.service, changed);
    expect(await environment.applyService()).toMatchObject({ type: 'contested', by: { type: 'sameManager' } });
  });

  it('delays the repair of no other field of the object', async () => {
    await repairType(4);
    environment.change(environment.service, { type: 'NodePort' });
    await environment.applyService();
    environment.change(environment.service, { type: 'NodePort', sessionAffinity: 'ClientIP' });
    environment.requests.length = 0;
    // The object is as desired after this, and still contested.
    expect(await environment.applyService()).toMatchObject({ type: 'contested', field: 'spec.type' });
    expect(environment.requests).toEqual(['apply services']);
    expect(environment.cachedService()).toMatchObject({ spec: { type: 'ClusterIP', sessionAffinity: 'None' } });
  });

  it('delays the repair of no other object', async () => {
    environment.cache(environment.deployment);
    await repairType(4);
    environment.change(environment.service, { type: 'NodePort' });
    environment.change(environment.deployment, { paused: true });
    expect(await environment.applyAll()).toMatchObject([{ type: 'repaired' }, { type: 'contested' }]);
  });

  it('is written at once for a new generation, and is contested no more', async () => {
    await repairType(4);
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService()).toMatchObject({ type: 'contested' });
    expect(await environment.applyService(owner(4))).toEqual({ type: 'updated' });
    environment.change(environment.service, { type: 'NodePort' }, 'u1/4');
    expect(await environment.applyService(owner(4))).toMatchObject({ type: 'repaired' });
  });

  it('is repaired at once after any number of repairs that failed', async () => {
    environment.change(environment.service, { type: 'NodePort' });
    environment.respond = () => ({ code: 500 });
    for (let count = 0; count < 9; count += 1)
      expect(await environment.applyService()).toMatchObject({ type: 'failed' });
    environment.respond = () => undefined;
    expect(await environment.applyService()).toMatchObject({ type: 'repaired' });
  });
});

describe('of two fields that other writers keep changing', () => {
  it('the same one is reported, whichever of them is repaired or delayed', async () => {
    environment.cache(environment.service);
    for (const spec of [{ type: 'NodePort' }, { sessionAffinity: 'ClientIP' }]) {
      for (let count = 0; count < 5; count += 1) {
        environment.change(environment.service, spec);
        await environment.applyService();
      }
    }
    environment.change(environment.service, { sessionAffinity: 'ClientIP' });
    const delayed = await environment.applyService();
    environment.cache(environment.service);
    const asDesired = await environment.applyService();
    expect([delayed, asDesired]).toMatchObject([
      { type: 'contested', field: 'spec.type' },
      { type: 'contested', field: 'spec.type' },
    ]);
  });
});

/** Lets the Service be deleted so many times, which is created again each time before. */
async function createAndDelete(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    expect(await environment.applyService()).toEqual(CREATED);
    environment.remove(environment.service);
  }
}

describe('an object that keeps being deleted', () => {
  it('is created four times at once, and then every five seconds', async () => {
    await createAndDelete(4);
    environment.requests.length = 0;
    const contested = { type: 'contested', field: '', by: { type: 'unknown' } };
    expect(await environment.applyService()).toEqual({ ...contested, retryAfterMs: 5000 });
    expect(environment.requests).toEqual([]);
    environment.clock.advance(5000);
    expect(await environment.applyService()).toEqual({ ...contested, retryAfterMs: 20_000 });
    expect(environment.requests).toEqual(['apply services']);
    environment.clock.advance(20_000);
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });

  it('has its fields repaired at once all the same', async () => {
    await createAndDelete(3);
    await environment.applyService();
    await repairType(4);
  });

  it('is created at once after any number of creations that failed', async () => {
    environment.respond = () => ({ code: 403 });
    for (let count = 0; count < 9; count += 1)
      expect(await environment.applyService()).toMatchObject({ type: 'failed' });
    environment.respond = () => undefined;
    expect(await environment.applyService()).toEqual(CREATED);
  });
});
