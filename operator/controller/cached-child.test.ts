import { describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from '../kube/client.ts';
import { pickStatus, type ReceivedObject, trimChild } from './cached-child.ts';

const OWNER = { apiVersion: 'temperature-converter.io/v1', kind: 'TemperatureConverter', name: 'web', uid: 'u1' };
const METADATA = {
  name: 'web',
  namespace: 'blue',
  uid: 'd1',
  resourceVersion: '7',
  generation: 2,
  labels: { a: 'b' },
  ownerReferences: [{ ...OWNER, controller: true }],
};
const RECEIVED: ReceivedObject = {
  metadata: {
    ...METADATA,
    managedFields: [
      { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:x': {} } } },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:y': {} } } },
    ],
  },
  spec: { x: 1, y: 2 },
  status: { phase: 'x' },
};

describe('trimChild', () => {
  it('keeps of a child what is compared, and who owns what in short', () => {
    expect(trimChild(RECEIVED, (status) => ({ trimmed: status }))).toStrictEqual({
      metadata: METADATA,
      spec: { x: 1, y: 2 },
      status: { trimmed: { phase: 'x' } },
      ownedFields: { 'f:spec': { 'f:x': {} } },
      otherManagers: ['kubectl-edit'],
    });
  });

  it('keeps whether writes of ours that were no applies own fields too', () => {
    const managedFields = [{ manager: FIELD_MANAGER, operation: 'Update' }];
    const child = trimChild({ metadata: { ...METADATA, managedFields } }, (status) => status);
    expect(child).toStrictEqual({ metadata: METADATA, hasOwnUpdates: true, otherManagers: [] });
  });

  it('keeps a child that nobody has applied', () => {
    expect(trimChild({ metadata: METADATA }, (status) => status)).toStrictEqual({
      metadata: METADATA,
      otherManagers: [],
    });
  });

  it.each([
    ['nobody controls', []],
    ['a resource owns and does not control', [OWNER]],
    ['another kind controls', [{ ...OWNER, kind: 'ReplicaSet', controller: true }]],
  ])('keeps of what %s only what tells that it is there', (_case, ownerReferences) => {
    const received = { ...RECEIVED, metadata: { ...RECEIVED.metadata, ownerReferences } };
    expect(trimChild(received, (status) => status)).toStrictEqual({
      metadata: { name: 'web', namespace: 'blue', uid: 'd1', resourceVersion: '7', ownerReferences },
    });
  });

  it('stands an object without owners', () => {
    const { ownerReferences: _owners, ...metadata } = METADATA;
    expect(trimChild({ metadata }, (status) => status)).toStrictEqual({
      metadata: { name: 'web', namespace: 'blue', uid: 'd1', resourceVersion: '7' },
    });
  });
});

describe('pickStatus', () => {
  it('keeps the fields of those names, and conditions without their times, which change with nothing else', () => {
    const condition = { type: 'Available', status: 'True', reason: 'x', message: 'y' };
    const times = { lastUpdateTime: 'now', lastTransitionTime: 'then' };
    const status = { replicas: 2, readyReplicas: 0, other: 5, conditions: [{ ...condition, ...times }] };
    expect(pickStatus('replicas', 'readyReplicas', 'missing')(status)).toStrictEqual({
      replicas: 2,
      readyReplicas: 0,
      conditions: [condition],
    });
  });

  it('stands a status without conditions, and conditions without words', () => {
    expect(pickStatus()({})).toStrictEqual({});
    expect(pickStatus()({ conditions: [{ type: 'A', status: 'True' }] })).toStrictEqual({
      conditions: [{ type: 'A', status: 'True' }],
    });
  });
});
