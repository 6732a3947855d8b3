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

/** How often a page is asked for while the API server asks to wait. */
const ATTEMPTS = 10;

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
  listing: Listing,
  signal: AbortSignal,
): AsyncGenerator<Listed<T>> {
  let next = '';
  do {
    const { metadata, items } = await readPage<T>(listing, next, signal);
    const { remainingItemCount = 0, continue: token = '' } = metadata;
    for (const [index, object] of items.entries()) {
      yield { object, remaining: remainingItemCount + items.length - index - 1 };
    }
    next = token;
  } while (next !== '');
}

async function readPage<T extends KubernetesObject>(
  { client, resource, namespace }: Listing,
  start: string,
  signal: AbortSignal,
): Promise<Page<T>> {
  const path = collectionPath(resource, namespace);
  let token = start;
  for (let attempt = 1; ; attempt += 1) {
    const query = { limit: String(PAGE_SIZE), ...(token === '' ? {} : { continue: token }) };
    try {
      return await client.send<Page<T>>({ method: 'GET', path, query }, signal);
    } catch (error) {
      const resumed = continuationOf(error);
      if (attempt === ATTEMPTS || (resumed === undefined && !isAskedToWait(error))) throw error;
      token = resumed ?? token;
    }
  }
}

/** Whether the API server asks to wait, as when it is overloaded. The client delays the next request by that long. */
export function isAskedToWait(error: unknown): boolean {
  return error instanceof ApiError && error.retryAfterMs !== undefined;
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
