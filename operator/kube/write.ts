import { type ApiRequest, FIELD_MANAGER, type KubeClient } from './client.ts';
import { ApiError } from './errors.ts';
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

/** Parts of an object in the form of a merge patch. */
export interface MergePatch {
  readonly metadata?: object;
  readonly spec?: object;
}

/** Changes parts of the object of that name and UID by a merge patch (RFC 7396). */
export function mergePatch<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  target: { namespace?: string | undefined; name: string; uid: string; patch: MergePatch },
  signal?: AbortSignal,
): Promise<T> {
  return client.send<T>(
    {
      method: 'PATCH',
      path: objectPath(resource, target.namespace, target.name),
      query: { fieldManager: FIELD_MANAGER },
      body: { ...target.patch, metadata: { ...target.patch.metadata, uid: target.uid } },
      bodyType: 'application/merge-patch+json',
    },
    signal,
  );
}

/**
 * Replaces the status of the object of that name and UID; resolves to undefined when there is none, or another has its
 * name by now. A JSON Patch (RFC 6902), since of all patches of a status its test alone looks at the UID: the server
 * drops the metadata of the others unread.
 */
export async function replaceStatus<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  target: { namespace?: string | undefined; name: string; uid: string; status: object },
  signal?: AbortSignal,
): Promise<T | undefined> {
  const request: ApiRequest = {
    method: 'PATCH',
    path: objectPath(resource, target.namespace, target.name, 'status'),
    query: { fieldManager: FIELD_MANAGER },
    body: [
      { op: 'test', path: '/metadata/uid', value: target.uid },
      { op: 'add', path: '/status', value: target.status },
    ],
    bodyType: 'application/json-patch+json',
  };
  try {
    return await client.send<T>(request, signal);
  } catch (error) {
    if (error instanceof ApiError && (error.code === 404 || isFailedTest(error))) return undefined;
    throw error;
  }
}

/** A status that the schema refuses has causes; a failed test has not. */
function isFailedTest({ code, status }: ApiError): boolean {
  return code === 422 && status.details?.causes === undefined;
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
    query: { fieldManager: FIELD_MANAGER, force: 'true', fieldValidation: 'Ignore' },
    body: object,
    bodyType: 'application/apply-patch+yaml',
  };
  return client.send<T>(request, signal);
}

function withMetadata(object: ObjectToApply, metadata: { uid: string } | { resourceVersion: string }): ObjectToApply {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}
