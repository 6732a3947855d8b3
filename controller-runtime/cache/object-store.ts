import { keyOf, type KubernetesObject, type ObjectKey } from '../object/object.ts';
import { compareResourceVersions } from '../object/resource-version.ts';

/** A change to one object in a store. */
export type StoreChange<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T };

/** A change after which the object exists. */
type Upsert<T> = Exclude<StoreChange<T>, { readonly type: 'deleted' }>;

/** Called with each change after the store is updated, except for changes that the operator's own writes made. */
export type StoreListener<T> = (change: StoreChange<T>) => void;

/** Returns the index value of an object; undefined leaves the object out of the index. */
export type IndexBy<T> = (object: T) => string | undefined;

/**
 * The last known state of a resource's objects. Reflectors update it, one for each scope (a namespace, or all namespaces),
 * and so do the responses to the operator's own writes, so that a reconcile sees the writes of the previous one. The store
 * never replaces an object with an older version.
 */
export class ObjectStore<T extends KubernetesObject> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #index = new Map<string, Set<ObjectKey>>();
  readonly #indexBy: IndexBy<T>;
  readonly #listeners: StoreListener<T>[] = [];
  /** The last synced resource version of each scope. */
  readonly #syncedVersions = new Map<string | undefined, string>();
  /** Objects with a write in progress, each with the change that listeners have not received yet. */
  readonly #deferred = new Map<ObjectKey, Upsert<T> | undefined>();

  constructor(indexBy: IndexBy<T> = () => undefined) {
    this.#indexBy = indexBy;
  }

  /** The number of objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** Registers a listener. Listeners are called in the order of registration. */
  onChange(listener: StoreListener<T>): void {
    this.#listeners.push(listener);
  }

  /** Returns the object with this key, or undefined. */
  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  /** Returns all objects. */
  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Returns the objects with this index value. */
  listByIndex(value: string): T[] {
    const keys = this.#index.get(value) ?? [];
    return [...keys].map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  /**
   * Replaces the objects of a scope with a complete list as of `resourceVersion`. Objects that are not in the list are
   * removed, unless they are newer than the list. If etcd was restored from a backup, the list replaces newer objects too.
   */
  replace(scope: string | undefined, objects: readonly T[], resourceVersion: string): void {
    const isRestored = this.#showsRestore(scope, objects, resourceVersion);
    this.#syncedVersions.set(scope, resourceVersion);
    if (isRestored) this.#abandonWrites();
    const listed = new Set<ObjectKey>();
    for (const object of objects) {
      listed.add(keyOf(object));
      this.#put(object, isRestored);
    }
    for (const [key, object] of this.#objects) {
      if (listed.has(key) || (scope !== undefined && object.metadata.namespace !== scope)) continue;
      const isNewerThanList = compareResourceVersions(object.metadata.resourceVersion, resourceVersion) > 0;
      if (isRestored || !isNewerThanList) this.#remove(key);
    }
  }

  /**
   * Returns whether a list shows that etcd was restored from a backup: it is older than the last synced resource version, or
   * it has an older version of an object than was known before the list's resource version. The latter happens where the
   * resource versions have already passed those from before the restore.
   */
  #showsRestore(scope: string | undefined, objects: readonly T[], resourceVersion: string): boolean {
    const synced = this.#syncedVersions.get(scope);
    if (synced !== undefined && compareResourceVersions(resourceVersion, synced) < 0) return true;
    return objects.some((object) => {
      const known = this.#objects.get(keyOf(object));
      if (known === undefined || !isNewer(known, object)) return false;
      return compareResourceVersions(known.metadata.resourceVersion, resourceVersion) <= 0;
    });
  }

  /** Stores an object that a watch event added or modified. */
  upsert(scope: string | undefined, object: T): void {
    this.advance(scope, object.metadata.resourceVersion);
    this.#put(object, false);
  }

  /** Removes an object that a watch event deleted. */
  delete(scope: string | undefined, object: T): void {
    this.advance(scope, object.metadata.resourceVersion);
    const key = keyOf(object);
    const known = this.#objects.get(key);
    // A replayed deletion must not remove a newer object with the same name.
    if (known !== undefined && !isNewer(known, object)) this.#remove(key);
  }

  /** Records the last synced resource version of a scope. */
  advance(scope: string | undefined, resourceVersion: string): void {
    const synced = this.#syncedVersions.get(scope);
    if (synced === undefined || compareResourceVersions(resourceVersion, synced) > 0) {
      this.#syncedVersions.set(scope, resourceVersion);
    }
  }

  /**
   * Sends a write to the object with this key, and stores the response without waiting for the watch. The caller sends one
   * write per object at a time. During the write, listeners receive no change of the object except its deletion. After the
   * write they receive one change for all that is newer than the response, or for all if there is no response.
   */
  async write<R extends T | undefined>(key: ObjectKey, send: () => Promise<R>): Promise<R> {
    this.#deferred.set(key, undefined);
    let written: R | undefined;
    try {
      written = await send();
      if (written !== undefined && this.#deferred.has(key)) this.#storeResponse(key, written);
      return written;
    } finally {
      const deferred = this.#deferred.get(key);
      this.#deferred.delete(key);
      if (deferred !== undefined) this.#notifyAfterWrite(deferred, written);
    }
  }

  /**
   * Drops a response that is not newer than the last synced resource version: the object may be deleted since then. If it
   * is, listeners receive the deletion, which the writer does not know of.
   */
  #storeResponse(key: ObjectKey, object: T): void {
    const synced = this.#syncedVersions.get(undefined) ?? this.#syncedVersions.get(object.metadata.namespace);
    const isStale = synced !== undefined && compareResourceVersions(object.metadata.resourceVersion, synced) <= 0;
    const known = this.#objects.get(key);
    if (isStale && known === undefined) this.#notify({ type: 'deleted', object });
    if (isStale || (known !== undefined && !isNewer(object, known))) return;
    this.#set(key, object);
  }

  /** After a restore, the resource versions of outstanding responses are meaningless: they are dropped when they arrive. */
  #abandonWrites(): void {
    for (const change of this.#deferred.values()) {
      if (change !== undefined) this.#notify(change);
    }
    this.#deferred.clear();
  }

  #notifyAfterWrite(deferred: Upsert<T>, written: T | undefined): void {
    if (written === undefined) this.#notify(deferred);
    else if (isNewer(deferred.object, written))
      this.#notify({ type: 'updated', object: deferred.object, previous: written });
  }

  #put(object: T, isForced: boolean): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && !isNewer(object, previous) && !isForced) return;
    this.#set(key, object);
    const change: Upsert<T> =
      previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous };
    if (!this.#deferred.has(key)) this.#notify(change);
    else this.#defer(key, change);
  }

  /** Merges all changes that listeners have not received yet into one. */
  #defer(key: ObjectKey, change: Upsert<T>): void {
    const earlier = this.#deferred.get(key);
    this.#deferred.set(key, earlier === undefined ? change : { ...earlier, object: change.object });
  }

  #set(key: ObjectKey, object: T): void {
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, object);
    const value = this.#indexBy(object);
    if (value === undefined) return;
    const keys = this.#index.get(value);
    if (keys === undefined) this.#index.set(value, new Set([key]));
    else keys.add(key);
  }

  #remove(key: ObjectKey): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    this.#objects.delete(key);
    this.#unindex(key, object);
    if (this.#deferred.has(key)) this.#deferred.set(key, undefined);
    this.#notify({ type: 'deleted', object });
  }

  #unindex(key: ObjectKey, object: T): void {
    const value = this.#indexBy(object);
    const keys = value === undefined ? undefined : this.#index.get(value);
    keys?.delete(key);
    if (value !== undefined && keys?.size === 0) this.#index.delete(value);
  }

  #notify(change: StoreChange<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

function isNewer(a: KubernetesObject, b: KubernetesObject): boolean {
  return compareResourceVersions(a.metadata.resourceVersion, b.metadata.resourceVersion) > 0;
}
