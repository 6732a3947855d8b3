import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { INSTANCE_LABEL } from '../domain/labels.ts';
import { CHILD_KINDS, CHILDREN, converterKeyOfPod, createCaches, trimConverter } from './caches.ts';

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
  ] as const)('keep of the status of a %s what conditions are made of', (kind, status) => {
    expect(CHILDREN[kind].trim(CHILD).status).toStrictEqual(status);
  });

  it('hold each kind of child', () => {
    expect(Object.keys(createCaches().children)).toEqual(CHILD_KINDS);
  });

  it('find the pods of a resource', () => {
    const { pods } = createCaches();
    const pod = { metadata: { ...POD.metadata, labels: { [INSTANCE_LABEL]: 'web' } } };
    pods.upsert(undefined, pod);
    expect([pods.listByIndex('blue/web'), pods.listByIndex('green/web')]).toEqual([[pod], []]);
  });

  it('know no resource of a pod that names none', () => {
    expect(converterKeyOfPod(POD)).toBeUndefined();
  });

  it('keep of a resource all but what nobody reads', () => {
    const resource = exampleConverter({ metadata: { labels: { a: 'b' } }, status: { replicas: 1 } });
    const received = exampleConverter({
      metadata: { labels: { a: 'b' }, annotations: { x: 'y' }, managedFields: [{ manager: 'kubectl' }] },
      status: { replicas: 1 },
    });
    expect(trimConverter(received)).toStrictEqual(resource);
  });
});
