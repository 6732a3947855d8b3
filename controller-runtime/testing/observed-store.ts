import { keyOf } from '../object/object.ts';
import { ObjectStore, type StoreChange } from '../cache/object-store.ts';

/** An object of the tests. */
export interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly owner?: string;
}

/** The scope of all namespaces. */
export const ALL = undefined;

/** An object of that name, as of that version; its UID is its name unless another is given. */
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

/** A store, by the owner of its objects, that remembers what it tells. */
export class ObservedStore extends ObjectStore<Thing> {
  /** What listeners were told since the last look. */
  readonly changes: StoreChange<Thing>[] = [];

  constructor() {
    super((object) => object.owner);
    this.onChange((change) => this.changes.push(change));
  }

  /** What the store holds, as `namespace/name@resourceVersion`. */
  content(): string[] {
    return [...this.list()].map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`).toSorted();
  }

  /** What listeners were told since the last look, as `type namespace/name@resourceVersion`. */
  notifications(): string[] {
    return this.changes
      .splice(0)
      .map(({ type, object }) => `${type} ${keyOf(object)}@${object.metadata.resourceVersion}`);
  }

  /** The names of the objects under that index value. */
  names(value: string): string[] {
    return this.listByIndex(value).map(({ metadata }) => metadata.name);
  }

  /** Writes an object, with that answer. */
  wrote(answer: Thing): Promise<Thing> {
    return this.write(keyOf(answer), () => Promise.resolve(answer));
  }
}
