import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { applyChildren } from './apply-children.ts';
import type { ApplyResult } from './apply-result.ts';
import type { LiveObject } from './live-object.ts';
import type { MergePatch } from '../client/write.ts';
import { WriteFencedError } from '../client/errors.ts';
import type { ObjectToApply } from '../object/object.ts';
import {
  RECORD,
  CONTROLLER,
  EDITOR,
  UNCHANGED,
  CREATED,
  OWN_UPDATE,
  owner,
  ownedBy,
  type Answer,
  type Live,
  setUpApplyTestEnvironment,
} from '../testing/apply-test-environment.ts';

const environment = setUpApplyTestEnvironment();

describe('applyChildren', () => {
  it('writes nothing when every object is as desired', async () => {
    environment.cache(environment.deployment);
    environment.cache(environment.service);
    expect(await environment.applyAll()).toEqual([UNCHANGED, UNCHANGED]);
    expect(environment.requests).toEqual([]);
  });

  it('writes nothing when objects of an older generation are as desired', async () => {
    environment.cache(environment.deployment, { record: 'u1/1' });
    environment.cache(environment.service, { record: 'u1/2' });
    expect(await environment.applyAll()).toEqual([UNCHANGED, UNCHANGED]);
    expect(environment.requests).toEqual([]);
  });

  it('creates what is missing, only where there is no object of its name, and records the generation', async () => {
    expect(await environment.applyAll()).toEqual([CREATED, CREATED]);
    expect(environment.requests.toSorted()).toEqual(['apply deployments', 'apply services']);
    for (const body of environment.bodies) {
      expect(body).toMatchObject({ metadata: { resourceVersion: '1', annotations: { [RECORD]: 'u1/3' } } });
    }
  });

  it('writes all objects at once', async () => {
    const both = Promise.withResolvers<undefined>();
    environment.respond = () => {
      if (environment.requests.length === 2) both.resolve(undefined);
      return both.promise;
    };
    expect(await environment.applyAll()).toEqual([CREATED, CREATED]);
  });

  it('has each answer in the cache before the watch reports it, which then notifies no listener', async () => {
    environment.cache(environment.service, { spec: { type: 'NodePort' } });
    const notifications: string[] = [];
    environment.service.kind.store.onChange(({ type }) => notifications.push(type));
    await environment.applyService();
    expect(environment.cachedService()).toMatchObject({ spec: { type: 'ClusterIP' } });
    expect(await environment.applyService()).toEqual(UNCHANGED);
    expect([environment.requests, notifications]).toEqual([['apply services'], []]);
  });

  it('updates for a new generation: over the cached version, with the record of the new one', async () => {
    const { metadata } = environment.cache(environment.service, { spec: { type: 'NodePort' } });
    expect(await environment.applyService(owner(4))).toEqual({ type: 'updated' });
    expect(environment.requests).toEqual(['apply services']);
    const { uid, resourceVersion: version } = metadata;
    expect(environment.bodies).toMatchObject([
      { metadata: { uid, resourceVersion: version, annotations: { [RECORD]: 'u1/4' } }, spec: { type: 'ClusterIP' } },
    ]);
  });

  it('repairs what another writer has changed, and names the fields and the writer', async () => {
    environment.cache(environment.deployment);
    environment.cache(environment.service);
    const { metadata } = environment.change(environment.service, { type: 'NodePort', sessionAffinity: 'ClientIP' });
    const fields = ['spec.type', 'spec.sessionAffinity'];
    expect(await environment.applyAll()).toEqual([UNCHANGED, { type: 'repaired', fields, by: EDITOR }]);
    expect(environment.requests).toEqual(['apply services']);
    const { uid, resourceVersion: version } = metadata;
    expect(environment.bodies).toMatchObject([
      { metadata: { uid, resourceVersion: version }, spec: { type: 'ClusterIP' } },
    ]);
  });

  it('refuses an object that does not name its owner as controller, or is in another namespace', async () => {
    const { desired } = environment.service;
    const { ownerReferences: _ownerReferences, ...metadata } = desired.metadata;
    const applyAs = (other: Partial<ObjectToApply['metadata']>): Promise<unknown> =>
      applyChildren(
        owner(3),
        [{ ...environment.service, desired: { ...desired, metadata: { ...metadata, ...other } } }],
        environment.context,
      );
    await expect(applyAs({})).rejects.toThrow(
      'Service blue/web does not name its owner as controller: build the metadata of web with buildOwnedMetadata',
    );
    await expect(applyAs({ namespace: 'red' })).rejects.toThrow(
      'Service red/web is not in the namespace of its owner, blue',
    );
    expect(environment.requests).toEqual([]);
  });

  it.each<[string, Live, ApplyResult['type']]>([
    ['changed', { metadata: { annotations: { [RECORD]: 'u1/9' } }, managedFields: [] }, 'repaired'],
    ['removed', { metadata: { annotations: {} } }, 'updated'],
  ])('repairs the record of the generation when another writer has %s it', async (_case, live, type) => {
    environment.cache(environment.service, live);
    expect(await environment.applyService()).toMatchObject({ type });
    expect(environment.cachedService()).toMatchObject({ metadata: { annotations: { [RECORD]: 'u1/3' } } });
  });

  it('completes a replacement of the spec that a killed process has left without its apply', async () => {
    environment.cache(environment.deployment, { managedFields: [OWN_UPDATE] });
    const [result] = await applyChildren(owner(), [environment.deployment], environment.context);
    expect(result).toMatchObject({ type: 'repaired', fields: ['metadata.managedFields'] });
    expect(environment.requests).toEqual(['patch deployments', 'patch deployments', 'apply deployments']);
    expect(await applyChildren(owner(), [environment.deployment], environment.context)).toEqual([UNCHANGED]);
  });

  it('notifies of a replacement that the watch has reported only when the apply after it has failed', async () => {
    environment.cache(environment.deployment, { managedFields: [OWN_UPDATE] });
    const notifications: string[] = [];
    environment.deployment.kind.store.onChange(({ type }) => notifications.push(type));
    environment.respond = () => {
      if (environment.requests.at(-1) === 'patch deployments') {
        environment.cache(environment.deployment, { managedFields: [OWN_UPDATE] });
        return undefined;
      }
      expect(notifications).toEqual([]);
      return { code: 500 };
    };
    const [result] = await applyChildren(owner(), [environment.deployment], environment.context);
    expect(result).toMatchObject({ type: 'failed', error: { code: 500 } });
    expect(notifications).toEqual(['updated']);
  });
});

describe('an object that must not be written', () => {
  it.each<[string, Live, object]>([
    [
      'belongs to another controller',
      { metadata: { ownerReferences: [{ ...CONTROLLER, uid: 'u9' }] } },
      { type: 'nameConflict', controller: { ...CONTROLLER, uid: 'u9' } },
    ],
    [
      'has no controller, and not the labels of the owner',
      { metadata: { ownerReferences: [], labels: {} } },
      { type: 'nameConflict', controller: undefined },
    ],
    ['is being deleted', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, { type: 'terminating' }],
  ])('%s', async (_case, live, result) => {
    environment.cache(environment.service, { ...live, spec: { type: 'NodePort' } });
    expect(await environment.applyService()).toEqual(result);
    expect(environment.requests).toEqual([]);
  });

  it('differs in a field that cannot change, whatever else differs', async () => {
    environment.change(environment.deployment, { paused: true, selector: { a: 'c' } });
    const difference = { path: 'spec.selector.a', wanted: 'b', found: 'c' };
    for (const generation of [3, 4]) {
      const [result] = await applyChildren(owner(generation), [environment.deployment], environment.context);
      expect(result).toMatchObject({ type: 'immutable', difference });
    }
    expect(environment.requests).toEqual([]);
  });

  it('is reported as terminating when its deletion begins while it is written', async () => {
    environment.cache(environment.service, { spec: { type: 'NodePort' } });
    environment.respond = () => ({
      body: environment.received(environment.service, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    });
    expect(await environment.applyService()).toEqual({ type: 'terminating' });
  });
});

describe('a write that fails', () => {
  it.each([
    ['is refused', { code: 403 }, { name: 'ApiError', code: 403 }],
    ['meets another version of the object', { code: 409 }, { name: 'ApiError', code: 409 }],
    ['has an answer that breaks off', { body: 'not JSON' }, { name: 'MalformedResponseError' }],
  ])('since it %s is the result of its object, and the others are written', async (_case, answer, error) => {
    // SAFETY: the text is an answer that is not JSON.
    environment.respond = () => (environment.requests.at(-1) === 'apply services' ? (answer as Answer) : undefined);
    expect(await environment.applyAll()).toMatchObject([CREATED, { type: 'failed', error }]);
  });

  it('for an error of this process rejects, and not before the writes of the other objects have ended', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const end = Promise.withResolvers<undefined>();
    environment.respond = () => {
      arrived.resolve(undefined);
      return end.promise;
    };
    // The lease is lost after the first write was sent.
    let asked = 0;
    environment.mayWrite = () => {
      asked += 1;
      return asked === 1;
    };
    const order: string[] = [];
    const applying = environment.applyAll().catch((error: unknown) => {
      order.push('rejected');
      return error;
    });
    await arrived.promise;
    await new Promise((resolve) => setImmediate(resolve));
    order.push('answered');
    end.resolve(undefined);
    expect(await applying).toBeInstanceOf(WriteFencedError);
    expect(order).toEqual(['answered', 'rejected']);
  });
});

describe('a cached owner that is older than what its objects were last written for', () => {
  beforeEach(() => {
    environment.present = owner(4);
  });

  it('makes every result stale: the owner is read, and no object is written, repaired or created', async () => {
    environment.change(environment.deployment, { paused: true }, 'u1/4');
    expect(await environment.applyAll(owner(3))).toEqual([{ type: 'stale' }, { type: 'stale' }]);
    expect(environment.requests).toEqual(['list sites']);
  });

  it('makes every result stale after its deletion too', async () => {
    environment.present = undefined;
    environment.change(environment.deployment, { paused: true }, 'u1/4');
    expect(await environment.applyAll(owner(3))).toEqual([{ type: 'stale' }, { type: 'stale' }]);
  });

  it('makes every result failed while it cannot be read', async () => {
    environment.respond = () => ({ code: 503 });
    environment.change(environment.deployment, { paused: true }, 'u1/4');
    const failed = { type: 'failed', error: { code: 503 } };
    expect(await environment.applyAll(owner(3))).toMatchObject([failed, failed]);
    expect(environment.requests).toEqual(['list sites']);
  });

  describe('but no older than the owner in the API server (etcd was restored)', () => {
    beforeEach(() => {
      environment.present = owner(3);
    });

    it('has its objects written for its own generation', async () => {
      environment.cache(environment.service, { record: 'u1/4', spec: { type: 'NodePort' } });
      expect(await environment.applyService(owner(3))).toEqual({ type: 'updated' });
      expect(environment.cachedService()).toMatchObject({ metadata: { annotations: { [RECORD]: 'u1/3' } } });
    });

    it('has the record of the undone generation replaced, which is then not read again', async () => {
      environment.cache(environment.service, { record: 'u1/4' });
      expect(await environment.applyService(owner(3))).toEqual({ type: 'updated' });
      expect(await environment.applyService(owner(3))).toEqual(UNCHANGED);
      expect(environment.requests).toEqual(['list sites', 'apply services']);
    });
  });

  it('is current again once the cache has the generation that was recorded', async () => {
    environment.change(environment.service, { type: 'NodePort' }, 'u1/4');
    expect(await environment.applyService(owner(4))).toMatchObject({ type: 'repaired' });
  });

  it('is recognized by the writes of this process too', async () => {
    await environment.applyService(owner(4));
    expect(await environment.applyService(owner(3))).toEqual({ type: 'stale' });
  });

  it.each<[string, Live, ApplyResult['type']]>([
    ['for an earlier owner of its name', { record: 'u0/9' }, 'updated'],
    ['by another manager', { record: 'u1/9', managedFields: [ownedBy('kubectl-edit', { metadata: {} })] }, 'repaired'],
  ])('is not recognized by a generation that was recorded %s', async (_case, live, type) => {
    environment.cache(environment.service, { ...live, spec: { type: 'NodePort' } });
    expect(await environment.applyService()).toMatchObject({ type });
  });
});

describe('an object that the owner controls and another manager has created, as from a backup', () => {
  it('is freed of that manager before the first apply, without a read of the owner', async () => {
    const spec = { type: 'NodePort' };
    environment.cache(environment.service, { spec, managedFields: [ownedBy('velero', { spec })] });
    expect(await environment.applyService()).toMatchObject({ type: 'repaired', by: { name: 'velero' } });
    expect(environment.requests).toEqual(['patch services', 'apply services']);
  });
});

/** The patch that puts the type of a Service back. */
function patchBeforeApply(_desired: ObjectToApply, { spec }: LiveObject): MergePatch | undefined {
  return isDeepStrictEqual(spec, { ...spec, type: 'NodePort' }) ? { spec: { type: 'ClusterIP' } } : undefined;
}

describe('an object of a kind whose applies need a patch before them', () => {
  beforeEach(() => {
    environment.service = { ...environment.service, kind: { ...environment.service.kind, patchBeforeApply } };
  });

  it('is repaired by the patch, and by an apply that owns the field', async () => {
    environment.cache(environment.service);
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService()).toMatchObject({ type: 'repaired', fields: ['spec.type'] });
    expect(environment.requests).toEqual(['patch services', 'patch services', 'apply services']);
    expect(await environment.applyService()).toEqual(UNCHANGED);
  });

  it('records the generation that the patch was written for', async () => {
    environment.cache(environment.service);
    environment.change(environment.service, { type: 'NodePort' });
    expect(await environment.applyService(owner(4))).toEqual({ type: 'updated' });
    expect(await environment.applyService(owner(3))).toEqual({ type: 'stale' });
  });

  it('is contested when the patched field keeps being changed after a new generation', async () => {
    environment.cache(environment.service);
    const results: (string | undefined)[] = [];
    for (let count = 0; count < 6; count += 1) {
      const record = environment.cachedService()?.metadata.annotations?.[RECORD] ?? '';
      environment.change(environment.service, { type: 'NodePort' }, record);
      results.push((await environment.applyService(owner(4)))?.type);
    }
    expect(results).toEqual(['updated', 'repaired', 'repaired', 'repaired', 'repaired', 'contested']);
  });
});
