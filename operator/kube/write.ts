import { type ApiRequest, FIELD_MANAGER, type KubeClient } from './client.ts';
import type { KubernetesObject, ObjectToApply } from './object.ts';
import { objectPath, type Resource } from './resource.ts';

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

/**
 * Applies an object over the live one of that UID by server-side apply, taking its fields from any other manager;
 * rejects with a 409 or 422 ApiError when that one has gone or been replaced.
 */
export function applyOver<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  desired: { object: ObjectToApply; uid: string },
  signal?: AbortSignal,
): Promise<T> {
  return apply(client, resource, withMetadata(desired.object, { uid: desired.uid }), signal);
}

/** Changes parts of the object of that name and UID by a merge patch (RFC 7396), in the object or in its status. */
export function mergePatch<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  target: { namespace?: string | undefined; name: string; uid: string; subresource?: 'status'; patch: object },
  signal?: AbortSignal,
): Promise<T> {
  return client.send<T>(
    {
      method: 'PATCH',
      path: objectPath(resource, target.namespace, target.name, target.subresource),
      query: { fieldManager: FIELD_MANAGER },
      body: { ...target.patch, metadata: { uid: target.uid } },
      bodyType: 'application/merge-patch+json',
    },
    signal,
  );
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
    query: { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Strict' },
    body: object,
    bodyType: 'application/apply-patch+yaml',
  };
  return client.send<T>(request, signal);
}

function withMetadata(object: ObjectToApply, metadata: { uid: string } | { resourceVersion: string }): ObjectToApply {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}
