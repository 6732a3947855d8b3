import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../cache/cache.ts';
import type { StoreChange } from '../cache/object-store.ts';
import { controllerOf, keyOf, type KubernetesObject, type ObjectKey, objectKey } from '../object/object.ts';

/** Adds a key to a work queue, with its cause. */
export type Enqueue = (key: ObjectKey, cause: string) => void;

/** Returns the key to enqueue when an object changes, or undefined for none. */
export type ToKey<T> = (object: T) => ObjectKey | undefined;

/** Enqueues a key for each change of an object in a cache. Ignores an update of only fields that the cache does not keep. */
export function enqueueOnChange<T extends KubernetesObject>(cache: Cache<T>, toKey: ToKey<T>, enqueue: Enqueue): void {
  cache.onChange((change) => {
    const key = isRelevant(change) ? toKey(change.object) : undefined;
    if (key !== undefined) enqueue(key, `${cache.resource.plural} ${change.type}`);
  });
}

/**
 * Returns the key of the owner that controls an object. An object without a controller of this kind enqueues its own name:
 * it may cause a name conflict for the owner with this name.
 */
export function ownerKeyOf(kind: string): ToKey<KubernetesObject> {
  return (object) => {
    const controller = controllerOf(object);
    return controller?.kind === kind ? objectKey(object.metadata.namespace, controller.name) : keyOf(object);
  };
}

function isRelevant<T extends KubernetesObject>(change: StoreChange<T>): boolean {
  return (
    change.type !== 'updated' || !isDeepStrictEqual(withoutVersion(change.object), withoutVersion(change.previous))
  );
}

function withoutVersion(object: KubernetesObject): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}
