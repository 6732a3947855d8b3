import type { IncomingMessage } from 'node:http';

/** A request that passes a proxy, in the terms of the API. */
export interface ProxiedRequest {
  /** Counts from 0 in the order of arrival. */
  readonly number: number;
  /** A `stream` is a watch that begins with what there is. */
  readonly verb: 'list' | 'stream' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete';
  /** The plural, such as `services`. */
  readonly resource: string;
  /** Empty for a collection. */
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** Whether it asks for the next page of a list. */
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

/** Reads what a request asks the API server for. */
export function parseRequest({ method, url }: IncomingMessage, number: number): ProxiedRequest {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://localhost');
  const { resource = '', name = '', subresource = '' } = PATH.exec(pathname)?.groups ?? {};
  const verb = verbOf(method ?? '', name, searchParams);
  return { number, verb, resource, name, subresource, isNextPage: searchParams.has('continue') };
}

/** Says whether a request is answered by events without end. */
export function isProxiedWatch({ verb }: ProxiedRequest): boolean {
  return verb === 'stream' || verb === 'watch';
}

/** Says whether a request is to change something. */
export function isProxiedWrite({ verb }: ProxiedRequest): boolean {
  return verb === 'create' || verb === 'update' || verb === 'patch' || verb === 'delete';
}

function verbOf(method: string, name: string, query: URLSearchParams): ProxiedRequest['verb'] {
  const write = WRITES[method];
  if (write !== undefined) return write;
  if (query.get('watch') === 'true') return query.get('sendInitialEvents') === 'true' ? 'stream' : 'watch';
  return name === '' ? 'list' : 'get';
}
