import { beforeEach, describe, expect, it } from '@jest/globals';
import { applyChildren } from './apply-children.ts';
import type { Owner } from './ownership.ts';
import { FIELD_MANAGER } from '../testing/fake-server.ts';
import {
  RECORD,
  ADOPT,
  CONTROLLER,
  UNCHANGED,
  CREATED,
  owner,
  ownedBy,
  type Live,
  setUpApplyTestEnvironment,
} from '../testing/apply-test-environment.ts';

const environment = setUpApplyTestEnvironment();

describe('an object without a controller', () => {
  /** As after `kubectl delete --cascade=orphan`, or a restored backup. */
  const ORPHAN: Live = { record: 'u0/7', metadata: { ownerReferences: [] } };
  const FOREIGN: Live = {
    metadata: { ownerReferences: [], labels: {}, annotations: { [ADOPT]: 'web' } },
    managedFields: [ownedBy('helm', { spec: { type: 'NodePort' } })],
    spec: { type: 'NodePort' },
  };

  beforeEach(() => {
    environment.present = owner();
  });

  it('is adopted when it carries the labels of the owner: the owner is read, then the object applied', async () => {
    environment.cache(environment.service, ORPHAN);
    expect(await environment.applyService()).toEqual({ type: 'adopted' });
    expect(environment.requests).toEqual(['list sites', 'apply services']);
    expect(environment.cachedService()).toMatchObject({
      metadata: { ownerReferences: [CONTROLLER], annotations: { [RECORD]: 'u1/3' } },
    });
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });

  it('is adopted when its annotation consents: before the apply, its other managers give up their fields', async () => {
    const { metadata } = environment.cache(environment.service, FOREIGN);
    expect(await environment.applyService()).toEqual({ type: 'adopted' });
    expect(environment.requests).toEqual(['list sites', 'patch services', 'apply services']);
    const record = { 'f:metadata': { 'f:annotations': { [`f:${RECORD}`]: {} } } };
    const managedFields = [expect.objectContaining({ manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: record })];
    const { uid } = metadata;
    expect(environment.bodies).toMatchObject([
      { metadata: { uid, resourceVersion: metadata.resourceVersion, managedFields } },
      { metadata: { uid, resourceVersion: String(environment.resourceVersion - 1) }, spec: { type: 'ClusterIP' } },
    ]);
  });

  it('is not adopted when it differs in a field that cannot change', async () => {
    environment.cache(environment.deployment, { ...ORPHAN, spec: { selector: { a: 'c' } } });
    const [result] = await applyChildren(owner(), [environment.deployment], environment.context);
    expect(result).toMatchObject({ type: 'immutable' });
    expect(environment.requests).toEqual([]);
  });

  it.each<[string, () => Owner | undefined]>([
    ['is deleted', () => undefined],
    ['is being deleted', () => owner(3, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['was replaced by another of its name', () => owner(3, { uid: 'u2' })],
    ['has another generation', () => owner(4)],
  ])('is not adopted when the owner, unknown to the cache, %s', async (_case, read) => {
    environment.present = read();
    environment.cache(environment.service, ORPHAN);
    expect(await environment.applyAll()).toEqual([CREATED, { type: 'stale' }]);
    expect(environment.requests).not.toContain('apply services');
  });

  it('is not adopted when the owner cannot be read', async () => {
    environment.respond = () => ({ code: 503 });
    environment.cache(environment.service, ORPHAN);
    expect(await environment.applyService()).toMatchObject({ type: 'failed', error: { code: 503 } });
    expect(environment.requests).toEqual(['list sites']);
  });

  it('is restored to the owner less and less often when its controller keeps being removed', async () => {
    for (let count = 0; count < 4; count += 1) {
      environment.cache(environment.service, { ...ORPHAN, record: 'u1/3' });
      expect(await environment.applyService()).toEqual({ type: 'adopted' });
    }
    environment.cache(environment.service, { ...ORPHAN, record: 'u1/3' });
    expect(await environment.applyService()).toMatchObject({ type: 'contested', field: 'metadata.ownerReferences' });
  });
});
