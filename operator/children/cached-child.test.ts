import { describe, expect, it } from '@jest/globals';
import { FIELD_MANAGER } from './labels.ts';
import type { ObjectMetadata } from '../../controller-runtime/object/object.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { pickStatus, trimChild } from './cached-child.ts';

const CONTROLLER = {
  apiVersion: 'temperature-converter.io/v1',
  kind: 'TemperatureConverter',
  name: 'web',
  uid: 'u1',
  controller: true,
};
const MANAGED_BY_OPERATOR = { 'app.kubernetes.io/managed-by': 'temperature-converter-operator' };
const METADATA = { name: 'web', namespace: 'blue', uid: 'd1', resourceVersion: '7' };

function received(metadata: Partial<ObjectMetadata>): ReceivedObject {
  const managedFields = [
    { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': { 'f:x': {} } } },
    { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:y': {} } } },
  ];
  return { metadata: { ...METADATA, ...metadata, managedFields }, spec: { x: 1, y: 2 }, status: { phase: 'x' } };
}

const trim = (metadata: Partial<ObjectMetadata>): object =>
  trimChild(received(metadata), (status) => ({ trimmed: status }));

describe('trimChild', () => {
  it.each<[string, Partial<ObjectMetadata>]>([
    ['a resource controls', { generation: 2, labels: { a: 'b' }, ownerReferences: [CONTROLLER] }],
    ['the operator has created and whose controller is missing', { labels: MANAGED_BY_OPERATOR }],
    [
      'the operator has created and whose owners do not control it',
      { labels: MANAGED_BY_OPERATOR, ownerReferences: [{ ...CONTROLLER, controller: false }] },
    ],
    ['has the adopt annotation', { annotations: { 'temperature-converter.io/adopt': 'web' }, ownerReferences: [] }],
  ])('keeps the fields, the field managers and the trimmed status of an object that %s', (_case, metadata) => {
    expect(trim(metadata)).toStrictEqual({
      metadata: { ...METADATA, ...metadata },
      spec: { x: 1, y: 2 },
      status: { trimmed: { phase: 'x' } },
      ownedFields: { 'f:spec': { 'f:x': {} } },
      otherWriters: [{ manager: 'kubectl-edit', fields: { 'f:spec': { 'f:y': {} } } }],
    });
  });

  it.each<[string, Partial<ObjectMetadata>]>([
    ['has no controller, no label and no annotation of the operator', { labels: { a: 'b' }, annotations: { c: 'd' } }],
    ['is managed by another tool', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['a resource owns and does not control', { ownerReferences: [{ ...CONTROLLER, controller: false }] }],
    ['has an empty list of owners', { ownerReferences: [] }],
    [
      'another kind controls, whatever its labels and annotations',
      {
        ownerReferences: [{ ...CONTROLLER, kind: 'ReplicaSet' }],
        labels: MANAGED_BY_OPERATOR,
        annotations: { 'temperature-converter.io/adopt': 'web' },
      },
    ],
  ])('keeps only the identity and the owner references of an object that %s', (_case, metadata) => {
    const { ownerReferences } = metadata;
    expect(trim({ ...metadata, generation: 2, deletionTimestamp: '2026-01-01T00:00:00Z' })).toStrictEqual({
      metadata: { ...METADATA, ...(ownerReferences === undefined ? {} : { ownerReferences }) },
    });
  });

  it('accepts a child without a status', () => {
    const child = trimChild({ metadata: { ...METADATA, ownerReferences: [CONTROLLER] } }, () => ({ trimmed: 1 }));
    expect(child).toStrictEqual({ metadata: { ...METADATA, ownerReferences: [CONTROLLER] }, otherWriters: [] });
  });
});

describe('pickStatus', () => {
  it('keeps the named fields, and conditions without their times', () => {
    const condition = { type: 'Available', status: 'True', reason: 'x', message: 'y' };
    const times = { lastUpdateTime: 'now', lastTransitionTime: 'then' };
    const status = { replicas: 2, readyReplicas: 0, other: 5, conditions: [{ ...condition, ...times }] };
    expect(pickStatus('replicas', 'readyReplicas', 'missing')(status)).toStrictEqual({
      replicas: 2,
      readyReplicas: 0,
      conditions: [condition],
    });
  });

  it('accepts a status without conditions, and conditions without a reason and a message', () => {
    expect(pickStatus()({})).toStrictEqual({});
    expect(pickStatus()({ conditions: [{ type: 'A', status: 'True' }] })).toStrictEqual({
      conditions: [{ type: 'A', status: 'True' }],
    });
  });
});
