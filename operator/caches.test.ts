import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from './api/example-converter.ts';
import { INSTANCE_LABEL } from './children/labels.ts';
import { collectionPath } from '../controller-runtime/object/resource.ts';
import { CHILD_KINDS, CHILDREN, childKind, createCaches, trimConverter } from './caches.ts';
import { converterKeyOfPod } from './status/cached-pod.ts';
import { Cache } from '../controller-runtime/cache/cache.ts';
import type { MakeCache } from './caches.ts';

const makeCache: MakeCache = (resource, options) => new Cache(resource, options);

const POD = { metadata: { name: 'web-1', namespace: 'blue', uid: 'p1', resourceVersion: '7' } };
const CHILD = {
  metadata: {
    name: 'web',
    namespace: 'blue',
    uid: 'c1',
    resourceVersion: '7',
    ownerReferences: [
      {
        apiVersion: 'temperature-converter.io/v1',
        kind: 'TemperatureConverter',
        name: 'web',
        uid: 'u1',
        controller: true,
      },
    ],
  },
  status: {
    observedGeneration: 1,
    replicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    updatedReplicas: 2,
    unavailableReplicas: 1,
    currentReplicas: 2,
    loadBalancer: {},
    conditions: [],
  },
};

describe('the caches', () => {
  it.each([
    [
      'Deployment',
      {
        observedGeneration: 1,
        replicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        updatedReplicas: 2,
        conditions: [],
      },
    ],
    ['Service', {}],
    ['HorizontalPodAutoscaler', { conditions: [] }],
  ] as const)('keep of the status of a %s what conditions are computed from', (kind, status) => {
    expect(CHILDREN[kind].trim(CHILD).status).toStrictEqual(status);
  });

  it('hold each kind of child', () => {
    expect(Object.keys(createCaches(makeCache).children)).toEqual(CHILD_KINDS);
  });

  it('find the pods of a resource', () => {
    const { pods } = createCaches(makeCache);
    const pod = { metadata: { ...POD.metadata, labels: { [INSTANCE_LABEL]: 'web' } } };
    pods.upsert(undefined, pod);
    expect([pods.listByIndex('blue/web'), pods.listByIndex('green/web')]).toEqual([[pod], []]);
  });

  it('have no key for a pod without the label of a resource', () => {
    expect(converterKeyOfPod(POD)).toBeUndefined();
  });

  it('keep all of a resource but its annotations and managed fields', () => {
    const resource = exampleConverter({ metadata: { labels: { a: 'b' } }, status: { replicas: 1 } });
    const received = exampleConverter({
      metadata: { labels: { a: 'b' }, annotations: { x: 'y' }, managedFields: [{ manager: 'kubectl' }] },
      status: { replicas: 1 },
    });
    expect(trimConverter(received)).toStrictEqual(resource);
  });
});

describe('childKind', () => {
  it.each([
    ['Deployment', '/apis/apps/v1/namespaces/blue/deployments'],
    ['Service', '/api/v1/namespaces/blue/services'],
    ['HorizontalPodAutoscaler', '/apis/autoscaling/v2/namespaces/blue/horizontalpodautoscalers'],
  ] as const)('of a %s is written to %s, and kept in its cache', (name, path) => {
    const caches = createCaches(makeCache);
    const kind = childKind(name, caches);
    expect([kind.kind, collectionPath(kind.resource, 'blue')]).toEqual([name, path]);
    expect(kind.store).toBe(caches.children[name]);
  });

  it('says that the selector of a Deployment cannot change, and patches ports and load balancers of a Service', () => {
    const kinds = CHILD_KINDS.map((name) => childKind(name, createCaches(makeCache)));
    expect(kinds.map(({ immutableFields }) => immutableFields)).toEqual([
      ['spec.selector'],
      undefined,
      undefined,
      undefined,
    ]);
    expect(kinds.map(({ patchBeforeApply }) => typeof patchBeforeApply)).toEqual([
      'undefined',
      'function',
      'undefined',
      'undefined',
    ]);
  });
});
