import { keyOf } from '../object/object.ts';
import { ObjectStore, type StoreChange } from '../cache/object-store.ts';

/** A test object. */
export interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly owner?: string;
}

/** The scope for all namespaces. */
export const ALL = undefined;

/** Returns an object with this name and resource version. Its UID is its name by default. */
export function thing(
  name: string,
  resourceVersion: number,
  more: { namespace?: string; uid?: string; owner?: string } = {},
): Thing {
  const { namespace = 'blue', uid = name, owner } = more;
  return {
    metadata: { name, namespace, uid, resourceVersion: String(resourceVersion) },
    ...(owner === undefined ? {} : { owner }),
  };
}

/** A store, indexed by owner, that records its notifications. */
export class ObservedStore extends ObjectStore<Thing> {
  /** The notifications since the last call of `notifications`. */
  readonly changes: StoreChange<Thing>[] = [];

  constructor() {
    super((object) => object.owner);
    this.onChange((change) => this.changes.push(change));
  }

  /** Returns the objects in the store as `namespace/name@resourceVersion`. */
  content(): string[] {
    return [...this.list()].map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`).toSorted();
  }

  /** Returns and clears the notifications, as `type namespace/name@resourceVersion`. */
  notifications(): string[] {
    return this.changes
      .splice(0)
      .map(({ type, object }) => `${type} ${keyOf(object)}@${object.metadata.resourceVersion}`);
  }

  /** Returns the names of the objects with this index value. */
  names(value: string): string[] {
    return this.listByIndex(value).map(({ metadata }) => metadata.name);
  }

  /** Writes an object, with `response` as the response of the API server. */
  respond(response: Thing): Promise<Thing> {
    return this.write(keyOf(response), () => Promise.resolve(response));
  }
}
