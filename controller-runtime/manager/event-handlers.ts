import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../cache/cache.ts';
import type { StoreChange } from '../cache/object-store.ts';
import { controllerOf, keyOf, type KubernetesObject, type ObjectKey, objectKey } from '../object/object.ts';

/** Adds a key to a work queue, with its cause. */
export type Enqueue = (key: ObjectKey, cause: string) => void;

/** The keys of the objects to reconcile when another object changes: none, one or several. */
export type ToKey<T> = (object: T) => ObjectKey | readonly ObjectKey[] | undefined;

/** Receives an error that a `ToKey` throws. */
export type OnKeyError = (error: unknown, resource: string) => void;

/**
 * Enqueues the keys of an object at each change of it in a cache, except for updates that change nothing that the cache
 * keeps. An update enqueues the keys of the previous version, too: an object can change its owner.
 */
export function enqueueOnChange<T extends KubernetesObject>(
  cache: Cache<T>,
  toKey: ToKey<T>,
  { enqueue, onError }: { readonly enqueue: Enqueue; readonly onError: OnKeyError },
): void {
  const { plural } = cache.resource;
  cache.onChange((change) => {
    if (!isRelevant(change)) return;
    try {
      for (const key of keysOf(change, toKey)) enqueue(key, `${plural} ${change.type}`);
    } catch (error) {
      onError(error, plural);
    }
  });
}

function keysOf<T>(change: StoreChange<T>, toKey: ToKey<T>): Iterable<ObjectKey> {
  const versions = change.type === 'updated' ? [change.object, change.previous] : [change.object];
  return new Set(versions.flatMap((object) => toKey(object) ?? []));
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
