import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER, FakeServer } from '../testing/fake-server.ts';
import type { ObjectToApply } from '../object/object.ts';
import { SERVICE } from './builtin-kinds.ts';
import type { WantedChild } from './decide.ts';
import { type ReceivedObject, toLiveObject } from './live-object.ts';
import { ownershipOptions, type Owner } from './ownership.ts';
import { type ChildPlan, planChild } from './plan-child.ts';

const RECORD = 'example.com/owner-generation';
const CONTROLLER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid: 'u1', controller: true };
const OWNERSHIP = ownershipOptions({ group: 'example.com', version: 'v1', plural: 'sites' }, () => ({ app: 'web' }));
const OWNER: Owner = { metadata: { name: 'web', namespace: 'blue', uid: 'u1', resourceVersion: '1', generation: 3 } };
const DESIRED: ObjectToApply = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'blue', ownerReferences: [CONTROLLER], labels: { app: 'web' } },
  spec: { type: 'ClusterIP', sessionAffinity: 'None' },
};
const CHILD: WantedChild = {
  kind: { ...SERVICE, trim: (object) => toLiveObject(object, FIELD_MANAGER) },
  desired: DESIRED,
};
/** An apply of the controller that owns these fields of the spec. */
const APPLIED = {
  manager: FIELD_MANAGER,
  operation: 'Apply',
  fieldsV1: {
    'f:metadata': { 'f:annotations': { [`f:${RECORD}`]: {} }, 'f:labels': { 'f:app': {} } },
    'f:spec': { 'f:type': {}, 'f:sessionAffinity': {} },
  },
};

let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** The live Service: as desired, with these changes. */
function received(spec: object = {}, metadata: object = {}): ReceivedObject {
  const identity = { name: 'web', namespace: 'blue', uid: 's1', resourceVersion: '5' };
  return {
    metadata: {
      ...identity,
      labels: { app: 'web' },
      ownerReferences: [CONTROLLER],
      annotations: { [RECORD]: 'u1/3' },
      managedFields: [APPLIED],
      ...metadata,
    },
    spec: { type: 'ClusterIP', sessionAffinity: 'None', ...spec },
  };
}

function predict(live: ReceivedObject | undefined, child = CHILD): Promise<ChildPlan | undefined> {
  return planChild(OWNER, child, live, { ownership: OWNERSHIP, dryRun: undefined });
}

function tried(live: ReceivedObject | undefined, child = CHILD): Promise<ChildPlan | undefined> {
  return planChild(OWNER, child, live, { ownership: OWNERSHIP, dryRun: server.client({ dryRun: true }) });
}

const INVALID = {
  reason: 'Invalid',
  message: 'invalid',
  details: { causes: [{ field: 'spec.externalName', message: 'Forbidden' }] },
};

describe('the plan of an object that does not exist', () => {
  it('is the desired object with the record of its owner', async () => {
    const plan = await predict(undefined);
    expect(plan).toMatchObject({
      action: 'create',
      isTried: false,
      object: { metadata: { annotations: { [RECORD]: 'u1/3' } }, spec: DESIRED.spec },
    });
  });

  it('is the answer of the server, which only tries the creation', async () => {
    const planning = tried(undefined);
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({ method: 'PATCH', query: { dryRun: 'All', force: 'true' } });
    exchange.answer(200, received({ clusterIP: '10.0.0.1' }));
    expect(await planning).toMatchObject({
      action: 'create',
      isTried: true,
      object: { spec: { clusterIP: '10.0.0.1' } },
    });
  });

  it('is blocked by a denial', async () => {
    const planning = tried(undefined);
    (await server.next()).refuse(403, { reason: 'Forbidden', message: 'denied' });
    expect(await planning).toMatchObject({ action: 'blocked', result: { type: 'failed', error: { code: 403 } } });
  });

  it('is unknown if the object has been created since it was read', async () => {
    const planning = tried(undefined);
    (await server.next()).refuse(409, { reason: 'Conflict' });
    expect(await planning).toBeUndefined();
  });

  it('is computed if a webhook does not support dry runs', async () => {
    const planning = tried(undefined);
    (await server.next()).refuse(400, { message: 'admission webhook "x" does not support dry run' });
    expect(await planning).toMatchObject({ action: 'create', isTried: false });
  });
});

describe('the plan of a live object', () => {
  it('is that nothing changes, without a request', async () => {
    expect(await tried(received())).toEqual({ action: 'unchanged', changedByAdmission: [] });
    expect(server.count).toBe(0);
  });

  it('is blocked by an object of another controller, without a request', async () => {
    const foreign = received({}, { ownerReferences: [{ ...CONTROLLER, uid: 'other' }] });
    expect(await tried(foreign)).toMatchObject({ action: 'blocked', result: { type: 'nameConflict' } });
    expect(server.count).toBe(0);
  });

  it('has the differences, and the object without and with them', async () => {
    expect(await predict(received({ type: 'NodePort', externalIPs: ['192.0.2.1'] }))).toMatchObject({
      action: 'update',
      differences: [{ path: 'spec.type', wanted: 'ClusterIP', found: 'NodePort' }],
      before: { spec: { type: 'NodePort' } },
      after: { spec: { type: 'ClusterIP', externalIPs: ['192.0.2.1'] } },
      isTried: false,
    });
  });

  it('is an adoption if it has no controller', async () => {
    expect(await predict(received({}, { ownerReferences: [] }))).toMatchObject({ action: 'adopt' });
  });

  it('has the answer of the server, and what admission plug-ins change', async () => {
    const planning = tried(received({ type: 'NodePort', sessionAffinity: 'ClientIP' }));
    (await server.next()).answer(200, received({ sessionAffinity: 'ClientIP' }));
    expect(await planning).toMatchObject({
      action: 'update',
      differences: [{ path: 'spec.type' }],
      changedByAdmission: [{ path: 'spec.sessionAffinity', wanted: 'None', found: 'ClientIP' }],
      after: { spec: { type: 'ClusterIP', sessionAffinity: 'ClientIP' } },
      isTried: true,
    });
  });

  it('has the value to which an admission plug-in changes a field', async () => {
    const planning = tried(received({ type: 'NodePort' }));
    (await server.next()).answer(200, received({ type: 'LoadBalancer' }));
    expect(await planning).toMatchObject({
      action: 'update',
      differences: [{ path: 'spec.type', found: 'NodePort', wanted: 'LoadBalancer' }],
    });
  });

  it('is that nothing changes if admission plug-ins change everything back', async () => {
    const planning = tried(received({ sessionAffinity: 'ClientIP' }));
    (await server.next()).answer(200, received({ sessionAffinity: 'ClientIP' }));
    expect(await planning).toMatchObject({
      action: 'unchanged',
      changedByAdmission: [{ path: 'spec.sessionAffinity' }],
    });
  });

  it('is unknown if the object has changed since it was read', async () => {
    const planning = tried(received({ type: 'NodePort' }));
    (await server.next()).refuse(409, { reason: 'Conflict' });
    expect(await planning).toBeUndefined();
  });
});

function removeAffinity(): object {
  return { spec: { sessionAffinityConfig: null } };
}

describe('the plan of a change that takes several requests', () => {
  it('is one merge patch, which removes the fields that make the apply invalid', async () => {
    const planning = tried(received({ type: 'ExternalName', externalName: 'x' }));
    (await server.next()).refuse(422, INVALID);
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({
      query: { dryRun: 'All' },
      body: { spec: { type: 'ClusterIP', externalName: null } },
    });
    exchange.answer(200, received({ clusterIP: '10.0.0.1' }));
    expect(await planning).toMatchObject({
      action: 'update',
      isTried: true,
      after: { spec: { clusterIP: '10.0.0.1' } },
    });
  });

  it('is computed if only the replacement of all fields is valid', async () => {
    const planning = tried(received({ type: 'ExternalName', externalName: 'x' }));
    (await server.next()).refuse(422, INVALID);
    (await server.next()).refuse(422, INVALID);
    (await server.next()).answer(200, received());
    const plan = await planning;
    expect(plan).toMatchObject({ action: 'update', isTried: false, after: { spec: { type: 'ClusterIP' } } });
    expect(plan).not.toHaveProperty('after.spec.externalName');
  });

  it('is blocked if the replacement of all fields is invalid', async () => {
    const planning = tried(received({ type: 'ExternalName', externalName: 'x' }));
    for (let request = 0; request < 3; request += 1) (await server.next()).refuse(422, INVALID);
    expect(await planning).toMatchObject({ action: 'blocked', result: { type: 'failed', error: { code: 422 } } });
  });

  it('is computed from the answer to the patch that precedes the apply', async () => {
    const child = { ...CHILD, kind: { ...CHILD.kind, patchBeforeApply: removeAffinity } };
    const planning = tried(received({ type: 'NodePort' }), child);
    const exchange = await server.next();
    expect(exchange.request.body).toMatchObject({ spec: { sessionAffinityConfig: null } });
    exchange.answer(200, received({ type: 'NodePort', clusterIP: '10.0.0.1' }));
    expect(await planning).toMatchObject({
      action: 'update',
      isTried: false,
      after: { spec: { type: 'ClusterIP', clusterIP: '10.0.0.1' } },
    });
  });
});
