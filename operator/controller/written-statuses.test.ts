import { beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { WrittenStatuses } from './written-statuses.ts';

const KEY = 'blue/web';
const OURS = { status: { observedGeneration: 3, replicas: 1 } };
const THEIRS = { status: { observedGeneration: 3, replicas: 9 } };

let statuses: WrittenStatuses;

beforeEach(() => {
  statuses = new WrittenStatuses();
});

describe('a status', () => {
  it('is nobody else’s as long as none was written', () => {
    expect(statuses.isForeign({ ...exampleConverter(), ...THEIRS })).toBe(false);
  });

  it.each([
    ['is ours as it was written', {}, OURS, false],
    ['is ours whatever else of the resource changes', { resourceVersion: '99' }, OURS, false],
    ['is somebody else’s when it has changed', {}, THEIRS, true],
    ['is somebody else’s when it was emptied', {}, { status: {} }, true],
    ['is nobody else’s when the spec is a new one', { generation: 4 }, THEIRS, false],
    ['is nobody else’s when the resource is a new one', { uid: 'other' }, THEIRS, false],
  ])('%s', (_case, metadata, status, isForeign) => {
    const resource = exampleConverter();
    statuses.note({ ...resource, ...OURS });
    expect(statuses.isForeign({ ...resource, metadata: { ...resource.metadata, ...metadata }, ...status })).toBe(
      isForeign,
    );
  });

  it('is forgotten with its resource, whose UID is given', () => {
    const resource = exampleConverter();
    statuses.note({ ...resource, ...OURS });
    expect(statuses.forget(KEY)).toBe(resource.metadata.uid);
    expect([statuses.forget(KEY), statuses.isForeign({ ...resource, ...THEIRS })]).toEqual([undefined, false]);
  });
});
