import { keyOf, type KubernetesObject, type ObjectKey } from '../object/object.ts';
import { compareResourceVersions } from '../object/resource-version.ts';

/** A change of one object in a store. */
export type StoreChange<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T };

/** A change after which the object is there. */
type Put<T> = Exclude<StoreChange<T>, { readonly type: 'deleted' }>;

/** Is told of each change once it is in the store; of what a write of ours covers, not at all. */
export type StoreListener<T> = (change: StoreChange<T>) => void;

/** Gives the value under which an object can be found again; undefined leaves it out of the index. */
export type IndexBy<T> = (object: T) => string | undefined;

/**
 * The last known state of a resource's objects. It is fed by reflectors, one for each scope (a namespace, or all), and by
 * the answers to our own writes, so that a reconcile sees what the last one did. Never goes back in time: of two states
 * of an object the newer one stays.
 */
export class ObjectStore<T extends KubernetesObject> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #index = new Map<string, Set<ObjectKey>>();
  readonly #indexBy: IndexBy<T>;
  readonly #listeners: StoreListener<T>[] = [];
  /** How far each scope has been followed: its objects are known as of this resource version. */
  readonly #positions = new Map<string | undefined, string>();
  /** Objects that we are writing, each with the change that listeners may still have to be told of. */
  readonly #held = new Map<ObjectKey, Put<T> | undefined>();

  constructor(indexBy: IndexBy<T> = () => undefined) {
    this.#indexBy = indexBy;
  }

  /** How many objects are known. */
  get size(): number {
    return this.#objects.size;
  }

  /** Registers a listener, which is called in the order of registration. */
  onChange(listener: StoreListener<T>): void {
    this.#listeners.push(listener);
  }

  /** The object of that key. */
  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  /** Every object. */
  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** The objects of that index value. */
  listByIndex(value: string): T[] {
    const keys = this.#index.get(value) ?? [];
    return [...keys].map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  /**
   * Takes a complete list of a scope as of `resourceVersion`. What is not in it is gone, unless it is newer than the
   * list. A list that is older than what was followed means that the server's data was restored: it then holds as it is.
   */
  replace(scope: string | undefined, objects: readonly T[], resourceVersion: string): void {
    const position = this.#positions.get(scope);
    const wentBack = position !== undefined && compareResourceVersions(resourceVersion, position) < 0;
    this.#positions.set(scope, resourceVersion);
    if (wentBack) this.#dropWrites();
    const listed = new Set<ObjectKey>();
    for (const object of objects) {
      listed.add(keyOf(object));
      this.#put(object, wentBack);
    }
    for (const [key, object] of this.#objects) {
      if (listed.has(key) || (scope !== undefined && object.metadata.namespace !== scope)) continue;
      const isPastList = compareResourceVersions(object.metadata.resourceVersion, resourceVersion) > 0;
      if (wentBack || !isPastList) this.#remove(key);
    }
  }

  /** Takes the state of an object that a watch told of. */
  upsert(scope: string | undefined, object: T): void {
    this.advance(scope, object.metadata.resourceVersion);
    this.#put(object, false);
  }

  /** Takes the last state of an object that a watch told is gone. */
  delete(scope: string | undefined, object: T): void {
    this.advance(scope, object.metadata.resourceVersion);
    const key = keyOf(object);
    const known = this.#objects.get(key);
    // A replayed deletion says nothing of an object of that name that was made since.
    if (known !== undefined && !isNewer(known, object)) this.#remove(key);
  }

  /** Notes how far a scope has been followed. */
  advance(scope: string | undefined, resourceVersion: string): void {
    const position = this.#positions.get(scope);
    if (position === undefined || compareResourceVersions(resourceVersion, position) > 0) {
      this.#positions.set(scope, resourceVersion);
    }
  }

  /**
   * Makes a write of ours to the object of that key, and takes its answer ahead of the watch; the caller sees to it that
   * there is one at a time. Until it has ended, listeners are told of no change of the object but its deletion; then of
   * what is newer than the answer, as one change, or of all where there is no answer.
   */
  async write<R extends T | undefined>(key: ObjectKey, send: () => Promise<R>): Promise<R> {
    this.#held.set(key, undefined);
    let written: R | undefined;
    try {
      written = await send();
      if (written !== undefined && this.#held.has(key)) this.#takeAnswer(key, written);
      return written;
    } finally {
      const held = this.#held.get(key);
      this.#held.delete(key);
      if (held !== undefined) this.#tellAfterWrite(held, written);
    }
  }

  /**
   * An answer that the watch has already passed is dropped: the object may be gone again, and where it is, the writer
   * does not know.
   */
  #takeAnswer(key: ObjectKey, object: T): void {
    const position = this.#positions.get(undefined) ?? this.#positions.get(object.metadata.namespace);
    const isPassed = position !== undefined && compareResourceVersions(object.metadata.resourceVersion, position) <= 0;
    const known = this.#objects.get(key);
    if (isPassed && known === undefined) this.#notify({ type: 'deleted', object });
    if (isPassed || (known !== undefined && !isNewer(object, known))) return;
    this.#set(key, object);
  }

  /** The versions of answers that are still to come mean nothing any more: none is taken, and nothing waits for them. */
  #dropWrites(): void {
    for (const change of this.#held.values()) {
      if (change !== undefined) this.#notify(change);
    }
    this.#held.clear();
  }

  #tellAfterWrite(held: Put<T>, written: T | undefined): void {
    if (written === undefined) this.#notify(held);
    else if (isNewer(held.object, written)) this.#notify({ type: 'updated', object: held.object, previous: written });
  }

  #put(object: T, isForced: boolean): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined && !isNewer(object, previous) && !isForced) return;
    this.#set(key, object);
    const change: Put<T> = previous === undefined ? { type: 'added', object } : { type: 'updated', object, previous };
    if (!this.#held.has(key)) this.#notify(change);
    else this.#hold(key, change);
  }

  /** Makes one change of all that listeners are not told of yet. */
  #hold(key: ObjectKey, change: Put<T>): void {
    const earlier = this.#held.get(key);
    this.#held.set(key, earlier === undefined ? change : { ...earlier, object: change.object });
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
    if (this.#held.has(key)) this.#held.set(key, undefined);
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
