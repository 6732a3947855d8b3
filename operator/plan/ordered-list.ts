import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import {
  keyOf,
  type KubernetesObject,
  type ObjectKey,
  type ObjectList,
} from '../../controller-runtime/object/object.ts';
import { collectionPath, type Resource } from '../../controller-runtime/object/resource.ts';

/** Bounds the memory: a page of each resource is held at a time. */
const PAGE_SIZE = 250;

/** Which objects are listed. */
export interface Listing {
  readonly client: KubeClient;
  readonly resource: Resource;
  /** All namespaces if undefined. */
  readonly namespace: string | undefined;
}

/** One object of a list, and how many follow those of its page, where the API server says so. */
export interface Listed<T> {
  readonly object: T;
  readonly remaining: number;
}

type Page<T> = ObjectList<T> & { readonly metadata: { readonly remainingItemCount?: number } };

/**
 * Lists objects page by page, in the order of the API server: by namespace and name. Where a list takes so long that its
 * version expires, it continues with the present objects behind the last one.
 */
export async function* listInOrder<T extends KubernetesObject>(
  { client, resource, namespace }: Listing,
  signal: AbortSignal,
): AsyncGenerator<Listed<T>> {
  const path = collectionPath(resource, namespace);
  let next = '';
  do {
    const query = { limit: String(PAGE_SIZE), ...(next === '' ? {} : { continue: next }) };
    let page: Page<T>;
    try {
      page = await client.send<Page<T>>({ method: 'GET', path, query }, signal);
    } catch (error) {
      const resumed = continuationOf(error);
      if (resumed === undefined || resumed === next) throw error;
      next = resumed;
      continue;
    }
    const { remainingItemCount = 0, continue: token = '' } = page.metadata;
    for (const [index, object] of page.items.entries()) {
      yield { object, remaining: remainingItemCount + page.items.length - index - 1 };
    }
    next = token;
  } while (next !== '');
}

/** The token with which the API server lets an expired list be continued. */
function continuationOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.code !== 410) return undefined;
  return error.status.metadata?.continue;
}

/** The objects of a list that have certain keys, which are asked for in order. */
export class Cursor<T extends KubernetesObject> {
  readonly #objects: AsyncIterator<Listed<T>>;
  #current: T | undefined;
  #isStarted = false;
  #last: ObjectKey = '';

  constructor(objects: AsyncIterable<Listed<T>>) {
    this.#objects = objects[Symbol.asyncIterator]();
  }

  /** Resolves to the object with this key, which is not before any key that was asked for. */
  async find(key: ObjectKey): Promise<T | undefined> {
    if (!this.#isStarted) await this.#advance();
    while (this.#current !== undefined && keyOf(this.#current) < key) await this.#advance();
    return this.#current !== undefined && keyOf(this.#current) === key ? this.#current : undefined;
  }

  async #advance(): Promise<void> {
    this.#isStarted = true;
    const { done, value } = await this.#objects.next();
    this.#current = done === true ? undefined : value.object;
    if (this.#current === undefined) return;
    const key = keyOf(this.#current);
    if (key < this.#last)
      throw new Error(`the API server does not list objects in order: ${key} follows ${this.#last}`);
    this.#last = key;
  }
}
