import type { ApiRequest, KubeClient } from './client.ts';
import type { KubernetesObject, ObjectList, ObjectToApply } from '../object/object.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';

/**
 * A resource version that no object has: an apply that carries it creates the object where there is none and is refused
 * with a conflict where there is one, whoever made it.
 */
const RESOURCE_VERSION_OF_NONE = '1';

/** Creates an object by server-side apply; rejects with a 409 ApiError when one of that name exists. */
export function createByApply<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  object: ObjectToApply,
  signal?: AbortSignal,
): Promise<T> {
  return apply(client, resource, withMetadata(object, { resourceVersion: RESOURCE_VERSION_OF_NONE }), signal);
}

/** One version of one object: a write that names it is refused when the object has changed since. */
export interface ObjectVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Applies an object over that version of the live one by server-side apply, taking its fields from any other manager;
 * rejects with a 409 or 422 ApiError when it has changed since, is gone or was replaced.
 */
export function applyOver<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  desired: { object: ObjectToApply; over: ObjectVersion },
  signal?: AbortSignal,
): Promise<T> {
  return apply(client, resource, withMetadata(desired.object, desired.over), signal);
}

/** Parts of an object in the form of a merge patch. */
export interface MergePatch {
  readonly metadata?: object;
  readonly spec?: object;
}

/** Changes parts of that version of an object by a merge patch (RFC 7396); rejects as `applyOver` does. */
export function mergePatch<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  target: { namespace?: string | undefined; name: string; over: ObjectVersion; patch: MergePatch },
  signal?: AbortSignal,
): Promise<T> {
  const { uid, resourceVersion } = target.over;
  return client.send<T>(
    {
      method: 'PATCH',
      path: objectPath(resource, target.namespace, target.name),
      query: { fieldManager: client.fieldManager },
      body: { ...target.patch, metadata: { ...target.patch.metadata, uid, resourceVersion } },
      bodyType: 'application/merge-patch+json',
    },
    signal,
  );
}

/**
 * Replaces the status of that version of an object; rejects with a 409 ApiError when it has changed since or was replaced,
 * and with a 404 when it is gone. The server takes nothing but the status from the body.
 */
export function replaceStatus<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  { apiVersion, kind, metadata }: KubernetesObject & { readonly apiVersion: string; readonly kind: string },
  status: object,
): Promise<T> {
  const { namespace, name, uid, resourceVersion } = metadata;
  return client.send<T>({
    method: 'PUT',
    path: objectPath(resource, namespace, name, 'status'),
    query: { fieldManager: client.fieldManager },
    body: { apiVersion, kind, metadata: { namespace, name, uid, resourceVersion }, status },
  });
}

/** Reads the present version of an object by a list of one; resolves to undefined when there is none. */
export async function readByName<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
  signal?: AbortSignal,
): Promise<T | undefined> {
  const path = collectionPath(resource, namespace);
  const query = { fieldSelector: `metadata.name=${name}` };
  const { items } = await client.send<ObjectList<T>>({ method: 'GET', path, query }, signal);
  return items[0];
}

function apply<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  object: ObjectToApply,
  signal?: AbortSignal,
): Promise<T> {
  const request: ApiRequest = {
    method: 'PATCH',
    path: objectPath(resource, object.metadata.namespace, object.metadata.name),
    query: { fieldManager: client.fieldManager, force: 'true', fieldValidation: 'Ignore' },
    body: object,
    bodyType: 'application/apply-patch+yaml',
  };
  return client.send<T>(request, signal);
}

function withMetadata(object: ObjectToApply, { uid, resourceVersion }: Partial<ObjectVersion>): ObjectToApply {
  const version = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return { ...object, metadata: { ...object.metadata, ...version } };
}
