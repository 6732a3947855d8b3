import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { replaceStatus } from '../client/write.ts';
import { keyOf, type KubernetesObject } from '../object/object.ts';
import type { Cache } from './cache.ts';

/** An object whose status a controller writes. */
export interface ObjectWithStatus extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly status?: object;
}

/**
 * Replaces the status of a cached object if it differs. Resolves to whether the status was written: a deleted object
 * needs none. Rejects with a 409 ApiError if the object has changed since it was cached.
 */
export async function writeStatus<T extends ObjectWithStatus>(
  client: KubeClient,
  cache: Cache<T>,
  object: T,
  status: object,
): Promise<boolean> {
  // In the form that the server stores: without undefined fields.
  if (isDeepStrictEqual(object.status, JSON.parse(JSON.stringify(status)))) return false;
  try {
    await cache.write(keyOf(object), async () =>
      cache.trim(await replaceStatus<T>(client, cache.resource, object, status)),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
    // The details name the object if it is that which does not exist.
    if (error.status?.details?.name === object.metadata.name) return false;
    const { plural, group } = cache.resource;
    const hint = 'Its CustomResourceDefinition must be installed and have "subresources: {status: {}}".';
    throw new Error(`the API server has no status of ${plural}.${group}. ${hint}`, { cause: error });
  }
}
