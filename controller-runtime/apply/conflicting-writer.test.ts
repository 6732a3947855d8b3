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

/** Who made the one difference of a live object from the desired one. */
function find(
  change: object,
  owners: { ownedFields?: OwnedFields; otherWriters?: readonly FieldWriter[] },
): ConflictingWriter {
  const [difference, ...others] = differences(DESIRED, { spec: { ...DESIRED.spec, ...change } }, owners.ownedFields);
  if (difference === undefined || others.length > 0) throw new Error('the test needs one difference');
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
      'is no manager that owns other fields alone, even a later one',
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
      'is another manager rather than this one where both own the field',
      [writer('kubectl-edit', TYPE)],
      TYPE,
      { type: 'manager', name: 'kubectl-edit' },
    ],
    ['is another process of this manager when this manager owns the field', [], TYPE, { type: 'sameManager' }],
    [
      'is another process of this manager, whoever owns other fields',
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

  it('is the manager that owns the whole of a map that the API treats as one value', () => {
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

  it('is unknown when an item of a keyed list was removed: the field has no owner any more', () => {
    const owners = { ownedFields: TYPE, otherWriters: [writer('helm', SELECTOR)] };
    expect(find({ ports: [] }, owners)).toEqual({ type: 'unknown' });
  });

  it('is unknown for a difference that is in no field, as an apply that is missing', () => {
    const difference = { path: 'metadata.managedFields', wanted: 'Apply', found: 'Update', steps: [] };
    const owners = { ownedFields: TYPE, otherWriters: [writer('helm', SELECTOR)] };
    expect(findConflictingWriter(owners, difference)).toEqual({ type: 'unknown' });
  });

  it('is unknown for an object that the cache has no writers of', () => {
    expect(find({ type: 'NodePort' }, {})).toEqual({ type: 'unknown' });
  });
});
