import { describe, expect, it } from '@jest/globals';
import type { LiveObject } from './live-object.ts';
import type { OwnedFields } from './owned-fields.ts';
import { predictApply } from './predict-apply.ts';

const TYPE = { apiVersion: 'v1', kind: 'Service' };
const METADATA = { name: 'web', namespace: 'blue', uid: 'u', resourceVersion: '1' };
const PORT = { name: 'http', port: 80, protocol: 'TCP' };
const OTHER_PORT = { name: 'other', port: 9000, protocol: 'TCP' };

/** The spec of a Service as an apply would make it. */
function predicted(wanted: object, found: object, ownedSpec: OwnedFields = {}): object | undefined {
  const live: LiveObject = {
    metadata: METADATA,
    spec: found,
    ownedFields: { 'f:spec': ownedSpec },
  };
  const desired = { ...TYPE, metadata: { name: 'web' }, spec: wanted };
  return predictApply(desired, { object: live, live }).spec;
}

describe('predictApply', () => {
  it.each<[string, wanted: object, found: object, after: object, owned?: OwnedFields]>([
    ['changes a value', { type: 'ClusterIP' }, { type: 'NodePort' }, { type: 'ClusterIP' }],
    ['adds a field', { type: 'ClusterIP' }, {}, { type: 'ClusterIP' }],
    [
      'keeps the fields of others',
      { type: 'ClusterIP' },
      { type: 'NodePort', externalIPs: ['192.0.2.1'] },
      { type: 'ClusterIP', externalIPs: ['192.0.2.1'] },
    ],
    [
      'removes a field of an earlier apply',
      {},
      { type: 'NodePort', sessionAffinity: 'None' },
      { sessionAffinity: 'None' },
      { 'f:type': {} },
    ],
    [
      'removes a map that it empties',
      { sessionAffinityConfig: { clientIP: {} } },
      { type: 'ClusterIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } },
      { type: 'ClusterIP' },
      { 'f:sessionAffinityConfig': { 'f:clientIP': { 'f:timeoutSeconds': {} } } },
    ],
    [
      'changes an item in place',
      { ports: [{ ...PORT, targetPort: 81 }] },
      { ports: [OTHER_PORT, { ...PORT, targetPort: 80 }] },
      { ports: [OTHER_PORT, { ...PORT, targetPort: 81 }] },
    ],
    ['adds an item', { ports: [PORT] }, { ports: [OTHER_PORT] }, { ports: [OTHER_PORT, PORT] }],
    [
      'replaces an item of an earlier apply',
      { ports: [{ ...PORT, port: 81 }] },
      { ports: [PORT, OTHER_PORT] },
      { ports: [OTHER_PORT, { ...PORT, port: 81 }] },
      { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
    ],
    ['restores the order', { ports: [PORT, OTHER_PORT] }, { ports: [OTHER_PORT, PORT] }, { ports: [PORT, OTHER_PORT] }],
    [
      'replaces an atomic list',
      { externalIPs: ['192.0.2.1'] },
      { externalIPs: ['192.0.2.2', '192.0.2.3'] },
      { externalIPs: ['192.0.2.1'] },
    ],
  ])('%s', (...[, wanted, found, after, owned = {}]) => {
    expect(predicted(wanted, found, owned)).toEqual(after);
  });

  it('adds to a set', () => {
    const live: LiveObject = { metadata: { ...METADATA, finalizers: ['a'] } };
    const desired = { ...TYPE, metadata: { name: 'web', finalizers: ['b'] } };
    expect(predictApply(desired, { object: live, live }).metadata.finalizers).toEqual(['a', 'b']);
  });

  it('does not change the live object', () => {
    const found = Object.freeze({ ports: Object.freeze([OTHER_PORT]) });
    predicted({ ports: [PORT] }, found);
    expect(found).toEqual({ ports: [OTHER_PORT] });
  });
});
