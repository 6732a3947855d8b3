import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../cache/cache.ts';
import type { StoreChange } from '../cache/object-store.ts';
import { controllerOf, keyOf, type KubernetesObject, type ObjectKey, objectKey } from '../object/object.ts';

/** Adds a key to a work queue, with what caused it. */
export type Enqueue = (key: ObjectKey, cause: string) => void;

/** The key of the object that is to be reconciled when another one changes; undefined for none. */
export type ToKey<T> = (object: T) => ObjectKey | undefined;

/** Enqueues a key for each change of an object in a cache; an update that changes nothing that the cache keeps is none. */
export function enqueueOnChange<T extends KubernetesObject>(cache: Cache<T>, toKey: ToKey<T>, enqueue: Enqueue): void {
  cache.onChange((change) => {
    const key = isRelevant(change) ? toKey(change.object) : undefined;
    if (key !== undefined) enqueue(key, `${cache.resource.plural} ${change.type}`);
  });
}

/**
 * The key of the owner that controls an object. An object without a controller of that kind is in the way of the owner of
 * its own name, if of any.
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
