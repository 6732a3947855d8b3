import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { KubeClient } from './client.ts';
import { ConnectionError, MalformedResponseError, type StatusBody, WatchError } from './errors.ts';
import type { KubernetesObject, ObjectList } from '../object/object.ts';
import { collectionPath, type Resource } from '../object/resource.ts';

/** Which objects of a resource are meant. */
export interface Selection {
  readonly resource: Resource;
  /** All namespaces when undefined. */
  readonly namespace: string | undefined;
  readonly labelSelector?: string;
}

/** A change that a watch tells of; a bookmark only tells how far the watch has come. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
  /** This bookmark ends what there was when the watch began; what follows are changes. */
  readonly endsInitialEvents?: true;
}

/** Where a watch begins, and how long it lasts. */
export interface WatchStart {
  /** When undefined, all that there is comes first, in any order; a bookmark that `endsInitialEvents` ends it. */
  readonly resourceVersion: string | undefined;
  readonly timeoutSeconds: number;
}

const PAGE_SIZE = 500;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** How long a watch may take from its first packet to the head of the response: connecting, TLS, waiting in a queue. */
const WATCH_HEAD_TIMEOUT_MS = 30_000;

/** Lists page by page; yields each page. A continuation that has expired rejects with a 410 ApiError. */
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

/**
 * Watches from a resource version on, or from the beginning, until the server ends the watch, after about
 * `timeoutSeconds`; yields each event. An `ERROR` event rejects with a WatchError of its code; a stream that breaks off, or
 * that the signal aborts, with a ConnectionError, and one that cannot be read with a MalformedResponseError. A response
 * that begins in time may then be silent for ever: the caller limits that, by the signal.
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
    // SAFETY: the protocol of a watch; the type is checked below, and what is no object has none.
    event = Object(JSON.parse(line)) as typeof event;
  } catch (error) {
    throw new MalformedResponseError(request, error);
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      // SAFETY: objects of a watch are those of the resource that was asked for.
      return { type: event.type, object: event.object as T };
    case 'BOOKMARK':
      // SAFETY: a bookmark is an object of the resource that was asked for, with nothing but metadata.
      return bookmarkOf(event.object as T & Bookmark);
    case 'ERROR': {
      // SAFETY: the protocol sends a Status with an ERROR; each field is optional.
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
