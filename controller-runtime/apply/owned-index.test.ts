import { describe, expect, it } from '@jest/globals';
import { indexOwnedFields } from './owned-index.ts';

describe('the index of owned fields', () => {
  it('contains the fields by name, the items by key and the values', () => {
    const index = indexOwnedFields({
      '.': {},
      'f:spec': { 'f:a': {} },
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:name': {} }, 'k:{"port":80,"protocol":"UDP"}': {} },
      'f:finalizers': { 'v:"a"': {}, 'v:1': {} },
    });
    expect(index.names).toEqual(['spec', 'ports', 'finalizers']);
    expect(index.fields.get('spec')?.names).toEqual(['a']);
    expect(index.fields.get('ports')?.items.get(80)).toMatchObject([
      { key: { port: 80, protocol: 'TCP' }, owned: { names: ['name'] } },
      { key: { port: 80, protocol: 'UDP' }, owned: { names: [] } },
    ]);
    expect([...(index.fields.get('finalizers')?.values ?? [])]).toEqual(['a', 1]);
  });

  it('is built once per set of owned fields', () => {
    const owned = { 'f:spec': {} };
    expect(indexOwnedFields(owned)).toBe(indexOwnedFields(owned));
  });
});
