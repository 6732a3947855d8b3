import { describe, expect, it } from '@jest/globals';
import { collectionPath, objectPath } from './resource.ts';

const PODS = { group: '', version: 'v1', plural: 'pods' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments' };

describe('collectionPath', () => {
  it.each([
    [PODS, undefined, '/api/v1/pods'],
    [PODS, 'blue', '/api/v1/namespaces/blue/pods'],
    [DEPLOYMENTS, undefined, '/apis/apps/v1/deployments'],
    [DEPLOYMENTS, 'blue', '/apis/apps/v1/namespaces/blue/deployments'],
    [DEPLOYMENTS, 'a/b?c', '/apis/apps/v1/namespaces/a%2Fb%3Fc/deployments'],
  ])('for %j in namespace %s returns %s', (resource, namespace, path) => {
    expect(collectionPath(resource, namespace)).toBe(path);
  });
});

describe('objectPath', () => {
  it.each([
    [objectPath(PODS, 'blue', 'web-1'), '/api/v1/namespaces/blue/pods/web-1'],
    [objectPath(PODS, 'blue', '../x'), '/api/v1/namespaces/blue/pods/..%2Fx'],
    [objectPath(DEPLOYMENTS, 'blue', 'web', 'status'), '/apis/apps/v1/namespaces/blue/deployments/web/status'],
    [objectPath({ group: '', version: 'v1', plural: 'nodes' }, undefined, 'one'), '/api/v1/nodes/one'],
  ])('returns %s', (path, expected) => {
    expect(path).toBe(expected);
  });
});
