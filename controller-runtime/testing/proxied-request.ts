import type { IncomingMessage } from 'node:http';

/** A request through a proxy, in terms of the API. */
export interface ProxiedRequest {
  /** The index in the order of arrival, from 0. */
  readonly number: number;
  /** A `stream` is a watch that begins with the initial list. */
  readonly verb: 'list' | 'stream' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete';
  /** The plural, such as `services`. */
  readonly resource: string;
  /** Empty for a collection. */
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** Whether the request is for a later page of a list. */
  readonly isNextPage: boolean;
}

const PATH =
  /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/[^/]+)?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;
const WRITES: Readonly<Record<string, ProxiedRequest['verb']>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Parses a request to the API server. */
export function parseRequest({ method, url }: IncomingMessage, number: number): ProxiedRequest {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost');
  const { resource = '', name = '', subresource = '' } = PATH.exec(pathname)?.groups ?? {};
  const verb = verbOf(method ?? '', name, searchParams);
  return { number, verb, resource, name, subresource, isNextPage: searchParams.has('continue') };
}

/** Returns whether a request is a watch, whose response is a stream of events. */
export function isProxiedWatch({ verb }: ProxiedRequest): boolean {
  return verb === 'stream' || verb === 'watch';
}

/** Returns whether a request is a write. */
export function isProxiedWrite({ verb }: ProxiedRequest): boolean {
  return Object.values(WRITES).includes(verb);
}

function verbOf(method: string, name: string, query: URLSearchParams): ProxiedRequest['verb'] {
  const write = WRITES[method];
  if (write !== undefined) return write;
  if (query.get('watch') === 'true') return query.get('sendInitialEvents') === 'true' ? 'stream' : 'watch';
  return name === '' ? 'list' : 'get';
}
