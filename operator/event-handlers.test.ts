import { beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from './api/example-converter.ts';
import type { TemperatureConverter } from './api/temperature-converter.ts';
import { INSTANCE_LABEL } from './children/labels.ts';
import type { ObjectMetadata } from '../controller-runtime/object/object.ts';
import type { LiveObject } from '../controller-runtime/apply/live-object.ts';
import type { CachedPod } from './status/cached-pod.ts';
import { type Caches, CHILD_KINDS, createCaches } from './caches.ts';
import { wakeOnChanges } from './event-handlers.ts';

const ALL = undefined;

let caches: Caches;
let woken: string[];

beforeEach(() => {
  caches = createCaches();
  woken = [];
  wakeOnChanges(caches, (key, cause) => woken.push(`${key}: ${cause}`));
});

function converter(resourceVersion: number, more: Parameters<typeof exampleConverter>[0] = {}): TemperatureConverter {
  return exampleConverter({ ...more, metadata: { resourceVersion: String(resourceVersion), ...more.metadata } });
}

function child(resourceVersion: number, more: Partial<ObjectMetadata> & { status?: object } = {}): LiveObject {
  const { status, ...metadata } = more;
  return {
    metadata: { name: 'web', namespace: 'blue', uid: 'c1', resourceVersion: String(resourceVersion), ...metadata },
    ...(status === undefined ? {} : { status }),
  };
}

function pod(resourceVersion: number, labels: Record<string, string>, status: CachedPod['status'] = {}): CachedPod {
  return {
    metadata: { name: 'web-1', namespace: 'blue', uid: 'p1', resourceVersion: String(resourceVersion), labels },
    status,
  };
}

describe('a resource wakes itself', () => {
  const condition = { type: 'Ready', status: 'True', reason: 'x', message: 'x', lastTransitionTime: 'x' } as const;

  it('when it is added', () => {
    caches.converters.upsert(ALL, converter(1));
    expect(woken).toEqual(['blue/web: TemperatureConverter added']);
  });

  it.each([
    ['its spec changes', { metadata: { generation: 4 } }, 'spec changed'],
    ['another writer changes its status', { status: { conditions: [condition] } }, 'status changed'],
    ['it is to be deleted', { metadata: { deletionTimestamp: 'now' } }, 'deletion requested'],
    ['another of its name has taken its place', { metadata: { uid: 'u2' } }, 'TemperatureConverter replaced'],
  ])('when %s', (_case, change, cause) => {
    caches.converters.upsert(ALL, converter(1));
    caches.converters.upsert(ALL, converter(2, change));
    expect(woken.slice(1)).toEqual([`blue/web: ${cause}`]);
  });

  it('when it is gone', () => {
    caches.converters.upsert(ALL, converter(1));
    caches.converters.delete(ALL, converter(2));
    expect(woken.slice(1)).toEqual(['blue/web: TemperatureConverter deleted']);
  });

  it.each([
    ['only its version changes', {}],
    ['only its labels change', { metadata: { labels: { a: 'b' } } }],
  ])('not when %s', (_case, change) => {
    caches.converters.upsert(ALL, converter(1));
    caches.converters.upsert(ALL, converter(2, change));
    expect(woken.slice(1)).toEqual([]);
  });

  it.each(['before', 'after'])('not when the watch tells of a status that we wrote, %s the answer', async (when) => {
    caches.converters.upsert(ALL, converter(1));
    const written = converter(2, { status: { observedGeneration: 3 } });
    await caches.converters.write('blue/web', () => {
      if (when === 'before') caches.converters.upsert(ALL, written);
      return Promise.resolve(written);
    });
    caches.converters.upsert(ALL, written);
    expect(woken.slice(1)).toEqual([]);
  });
});

describe.each(CHILD_KINDS)('a %s wakes the resource of its name', (kind) => {
  beforeEach(() => {
    caches.converters.upsert(ALL, converter(1));
    woken.length = 0;
  });

  it('when it comes, changes and goes, whoever controls it', () => {
    const children = caches.children[kind];
    children.upsert(ALL, child(2));
    children.upsert(ALL, child(3, { status: { replicas: 1 } }));
    children.upsert(ALL, child(4, { deletionTimestamp: 'now', status: { replicas: 1 } }));
    children.upsert(ALL, child(5, { uid: 'c2' }));
    children.delete(ALL, child(6, { uid: 'c2' }));
    expect(woken).toEqual([
      `blue/web: ${kind} added`,
      `blue/web: ${kind} updated`,
      `blue/web: ${kind} updated`,
      `blue/web: ${kind} updated`,
      `blue/web: ${kind} deleted`,
    ]);
  });

  it.each([
    ['nothing changes that the cache keeps', [child(2), child(3)], 1],
    ['there is no such resource', [child(2, { name: 'other' })], 0],
    ['the resource is in another namespace', [child(2, { namespace: 'green' })], 0],
  ])('not when %s', (_case, states, count) => {
    for (const state of states) caches.children[kind].upsert(ALL, state);
    expect(woken).toHaveLength(count);
  });
});

describe('a pod wakes the resource that its label names', () => {
  const labels = { [INSTANCE_LABEL]: 'web' };

  beforeEach(() => {
    caches.converters.upsert(ALL, converter(1));
    woken.length = 0;
  });

  it('when it comes, changes and goes', () => {
    caches.pods.upsert(ALL, pod(2, labels));
    caches.pods.upsert(ALL, pod(3, labels, { containerStatuses: [] }));
    caches.pods.delete(ALL, pod(4, labels));
    expect(woken).toEqual(['blue/web: Pod added', 'blue/web: Pod updated', 'blue/web: Pod deleted']);
  });

  it.each<[string, CachedPod[], number]>([
    ['nothing changes that the cache keeps', [pod(2, labels), pod(3, labels)], 1],
    ['it has no such label', [pod(2, {})], 0],
    ['there is no such resource', [pod(2, { [INSTANCE_LABEL]: 'other' })], 0],
  ])('not when %s', (_case, states, count) => {
    for (const state of states) caches.pods.upsert(ALL, state);
    expect(woken).toHaveLength(count);
  });
});
