import type { ApiRequest, KubeClient } from './client.ts';
import type { KubernetesObject, ObjectList, ObjectToApply } from '../object/object.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';

/**
 * A resource version that no object has. An apply with it creates the object if it does not exist, and fails with a
 * conflict if it does.
 */
const NONEXISTENT_RESOURCE_VERSION = '1';

/** Creates an object by server-side apply. Rejects with a 409 ApiError if the object exists. */
export function createByApply<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  object: ObjectToApply,
  signal?: AbortSignal,
): Promise<T> {
  return apply(client, resource, withMetadata(object, { resourceVersion: NONEXISTENT_RESOURCE_VERSION }), signal);
}

/** A version of an object, as the precondition of a write. */
export interface ObjectVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Applies an object over a version of the live object by server-side apply, and takes the ownership of its fields. Rejects
 * with a 409 or 422 ApiError if the live object has changed, or was deleted or re-created.
 */
export function applyOver<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  desired: { object: ObjectToApply; over: ObjectVersion },
  signal?: AbortSignal,
): Promise<T> {
  return apply(client, resource, withMetadata(desired.object, desired.over), signal);
}

/** A JSON merge patch of an object. */
export interface MergePatch {
  readonly metadata?: object;
  readonly spec?: object;
}

/** Patches a version of an object by a JSON merge patch (RFC 7396). Rejects like `applyOver`. */
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
 * Replaces the status of a version of an object. Rejects with a 409 ApiError if the object has changed or was re-created,
 * and with a 404 if it was deleted. The server ignores the rest of the body.
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
    query: { fieldManager: client.fieldManager, fieldValidation: 'Ignore' },
    body: { apiVersion, kind, metadata: { namespace, name, uid, resourceVersion }, status },
  });
}

/**
 * Deletes a version of an object; the garbage collector then deletes what it owns. Rejects with a 409 ApiError if the
 * object has changed or was re-created, and with a 404 if it does not exist.
 */
export async function deleteVersion(
  client: KubeClient,
  resource: Resource,
  { namespace, name, version }: { namespace?: string | undefined; name: string; version: ObjectVersion },
): Promise<void> {
  const { uid, resourceVersion } = version;
  const preconditions = { uid, resourceVersion };
  await client.send<unknown>({
    method: 'DELETE',
    path: objectPath(resource, namespace, name),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions },
  });
}

/** Reads an object by a list with a field selector. Resolves to undefined if it does not exist. */
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
