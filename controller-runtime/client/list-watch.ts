import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { KubeClient } from './client.ts';
import { ConnectionError, MalformedResponseError, type StatusBody, WatchError } from './errors.ts';
import type { KubernetesObject, ObjectList } from '../object/object.ts';
import { collectionPath, type Resource } from '../object/resource.ts';

/** Selects objects of a resource. */
export interface Selection {
  readonly resource: Resource;
  /** All namespaces when undefined. */
  readonly namespace: string | undefined;
  readonly labelSelector?: string;
}

/** A watch event. A bookmark only updates the resource version. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
  /** This bookmark marks the end of the streamed initial list. */
  readonly endsInitialEvents?: true;
}

/** The start and the timeout of a watch. */
export interface WatchStart {
  /** If undefined, the watch first streams the initial list in any order, up to a bookmark that `endsInitialEvents`. */
  readonly resourceVersion: string | undefined;
  readonly timeoutSeconds: number;
}

const PAGE_SIZE = 500;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** The timeout from the start of a watch request to the response headers. */
const WATCH_HEAD_TIMEOUT_MS = 30_000;

/** Lists in pages, and yields each page. Rejects with a 410 ApiError if the continue token has expired. */
export async function* listPages<T extends KubernetesObject>(
  client: KubeClient,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<ObjectList<T>> {
  let next: string | undefined;
  do {
    const page: ObjectList<T> = await client.send(
      {
        method: 'GET',
        path: collectionPath(selection.resource, selection.namespace),
        query: {
          ...selectorQuery(selection),
          limit: String(PAGE_SIZE),
          ...(next === undefined ? {} : { continue: next }),
        },
      },
      signal,
    );
    yield page;
    next = page.metadata.continue;
  } while (next !== undefined && next !== '');
}

/** Reads the current resource version of a selection, with at most one object of its kind. */
export async function readCurrentVersion(
  client: KubeClient,
  selection: Selection,
  signal: AbortSignal,
): Promise<string> {
  const page: ObjectList<KubernetesObject> = await client.send(
    {
      method: 'GET',
      path: collectionPath(selection.resource, selection.namespace),
      // Without a resource version the server reads from etcd, or from a cache that is as new. With a label selector, a server
      // before 1.31 would read on until an object matches.
      query: { limit: '1' },
    },
    signal,
  );
  return page.metadata.resourceVersion;
}

/**
 * Watches until the server closes the watch, after about `timeoutSeconds`, and yields each event. Rejects with a WatchError
 * after an `ERROR` event, with a ConnectionError if the stream is interrupted or the signal is aborted, and with a
 * MalformedResponseError if an event is invalid. There is no timeout between events: the caller aborts a silent watch.
 */
export async function* watchEvents<T extends KubernetesObject>(
  client: KubeClient,
  selection: Selection,
  from: WatchStart,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  await client.untilAllowed(signal);
  const path = collectionPath(selection.resource, selection.namespace);
  const request = `WATCH ${path}`;
  const head = new AbortController();
  const stop = AbortSignal.any([signal, head.signal]);
  const timer = setTimeout(() => head.abort(new Error('no response in time')), WATCH_HEAD_TIMEOUT_MS);
  try {
    const response = await client.open(
      {
        method: 'GET',
        path,
        query: {
          ...selectorQuery(selection),
          watch: 'true',
          allowWatchBookmarks: 'true',
          ...startQuery(from),
          timeoutSeconds: String(from.timeoutSeconds),
        },
      },
      stop,
    );
    clearTimeout(timer);
    for await (const line of linesOf(response, request, stop)) yield parseEvent<T>(line, request);
  } catch (error) {
    if (error instanceof WatchError) client.pause(error.retryAfterMs ?? 0);
    throw error;
  } finally {
    clearTimeout(timer);
    if (stop.aborted) client.closeIdleConnections();
  }
}

async function* linesOf(response: IncomingMessage, request: string, stop: AbortSignal): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of response) {
      // SAFETY: a response without an encoding yields buffers.
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
  } catch (error) {
    throw new ConnectionError(request, stop.aborted ? stop.reason : error);
  }
  if (rest !== '') throw new ConnectionError(request, new Error('the watch was interrupted in the middle of an event'));
}

function parseEvent<T>(line: string, request: string): WatchEvent<T> {
  let event: { type: string; object: unknown };
  try {
    // SAFETY: the watch protocol. The type is checked below; a value that is not an object has none.
    event = Object(JSON.parse(line)) as typeof event;
  } catch (error) {
    throw new MalformedResponseError(request, error);
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      // SAFETY: a watch sends objects of the requested resource.
      return { type: event.type, object: event.object as T };
    case 'BOOKMARK':
      // SAFETY: a bookmark is an object of the requested resource with only metadata.
      return bookmarkOf(event.object as T & Bookmark);
    case 'ERROR': {
      // SAFETY: an ERROR event has a Status object, whose fields are optional.
      const status = event.object as StatusBody & { code?: number };
      throw new WatchError(request, status.code ?? 500, status);
    }
    default:
      throw new MalformedResponseError(request, new Error(`unknown event type ${JSON.stringify(event.type)}`));
  }
}

interface Bookmark {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

function bookmarkOf<T extends Bookmark>(object: T): WatchEvent<T> {
  const isEnd = object.metadata?.annotations?.[INITIAL_EVENTS_END] === 'true';
  return { type: 'BOOKMARK', object, ...(isEnd ? { endsInitialEvents: true } : {}) };
}

function startQuery({ resourceVersion }: WatchStart): Record<string, string> {
  if (resourceVersion !== undefined) return { resourceVersion };
  return { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
}

function selectorQuery(selection: Selection): Record<string, string> {
  return selection.labelSelector === undefined ? {} : { labelSelector: selection.labelSelector };
}
