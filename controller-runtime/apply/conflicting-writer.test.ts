import { describe, expect, it } from '@jest/globals';
import { differences } from './apply-difference.ts';
import type { FieldWriter, OwnedFields } from './owned-fields.ts';
import { type ConflictingWriter, findConflictingWriter } from './conflicting-writer.ts';

const TYPE: OwnedFields = { 'f:spec': { 'f:type': {} } };
const SELECTOR: OwnedFields = { 'f:spec': { 'f:selector': {} } };
const NAME_OF_PORT_80: OwnedFields = {
  'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {} } } },
};
const PORT_8080: OwnedFields = { 'f:spec': { 'f:ports': { 'k:{"port":8080,"protocol":"TCP"}': {} } } };
const HTTP = { name: 'http', port: 80, protocol: 'TCP' };

const DESIRED = {
  apiVersion: 'v1',
  kind: 'Service',
  spec: { type: 'ClusterIP', selector: { app: 'web' }, ports: [HTTP] },
};

const writer = (manager: string, fields: OwnedFields): FieldWriter => ({ manager, fields });

/** Returns the writer that caused the only difference between the live and the desired object. */
function find(
  change: object,
  owners: { ownedFields?: OwnedFields; otherWriters?: readonly FieldWriter[] },
): ConflictingWriter {
  const [difference, ...others] = differences(DESIRED, { spec: { ...DESIRED.spec, ...change } }, owners.ownedFields);
  if (difference === undefined || others.length > 0) throw new Error('the test needs exactly one difference');
  return findConflictingWriter(owners, difference);
}

describe('the writer of a changed field', () => {
  it.each<[string, readonly FieldWriter[], OwnedFields | undefined, ConflictingWriter]>([
    [
      'is the manager that owns the field',
      [writer('kubectl-edit', TYPE)],
      SELECTOR,
      { type: 'manager', name: 'kubectl-edit' },
    ],
    [
      'is not a later manager that owns other fields only',
      [writer('kubectl-edit', TYPE), writer('helm', SELECTOR)],
      undefined,
      { type: 'manager', name: 'kubectl-edit' },
    ],
    [
      'is the latest of several managers that own the field',
      [writer('helm', TYPE), writer('kubectl-edit', TYPE)],
      undefined,
      { type: 'manager', name: 'kubectl-edit' },
    ],
    [
      'is another manager if it and this one own the field',
      [writer('kubectl-edit', TYPE)],
      TYPE,
      { type: 'manager', name: 'kubectl-edit' },
    ],
    ['is another process of this manager when this manager owns the field', [], TYPE, { type: 'sameManager' }],
    [
      'is another process with this manager, regardless of the owners of other fields',
      [writer('helm', SELECTOR)],
      TYPE,
      { type: 'sameManager' },
    ],
    ['is unknown when no manager owns the field', [writer('helm', SELECTOR)], SELECTOR, { type: 'unknown' }],
    ['is unknown when the object has no managed fields', [], undefined, { type: 'unknown' }],
  ])('%s', (_case, otherWriters, ownedFields, expected) => {
    const owners = { otherWriters, ...(ownedFields === undefined ? {} : { ownedFields }) };
    expect(find({ type: 'NodePort' }, owners)).toEqual(expected);
  });

  it('is the manager that owns an atomic map', () => {
    const otherWriters = [writer('kubectl-edit', SELECTOR)];
    expect(find({ selector: { app: 'api' } }, { otherWriters })).toEqual({ type: 'manager', name: 'kubectl-edit' });
  });

  it('is the manager that owns the field of the item in a keyed list', () => {
    const ports = [{ ...HTTP, name: 'web' }];
    const otherWriters = [writer('kubectl-edit', NAME_OF_PORT_80), writer('helm', PORT_8080)];
    expect(find({ ports }, { otherWriters })).toEqual({ type: 'manager', name: 'kubectl-edit' });
  });

  it('is the manager that gave the item of a keyed list another key', () => {
    const ports = [{ ...HTTP, port: 8080 }];
    const otherWriters = [writer('kubectl-edit', PORT_8080), writer('helm', TYPE)];
    expect(find({ ports }, { otherWriters })).toEqual({ type: 'manager', name: 'kubectl-edit' });
  });

  it('is unknown if an item of a keyed list was removed: the field has no owner', () => {
    const owners = { ownedFields: TYPE, otherWriters: [writer('helm', SELECTOR)] };
    expect(find({ ports: [] }, owners)).toEqual({ type: 'unknown' });
  });

  it('is unknown for a difference that is not in a field, such as a missing apply', () => {
    const difference = { path: 'metadata.managedFields', wanted: 'Apply', found: 'Update', steps: [] };
    const owners = { ownedFields: TYPE, otherWriters: [writer('helm', SELECTOR)] };
    expect(findConflictingWriter(owners, difference)).toEqual({ type: 'unknown' });
  });

  it('is unknown if the cache has no writers of the object', () => {
    expect(find({ type: 'NodePort' }, {})).toEqual({ type: 'unknown' });
  });
});
