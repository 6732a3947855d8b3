import { ApiError, ConnectionError } from '../../../controller-runtime/client/errors.ts';
import type { Resource } from '../../../controller-runtime/object/resource.ts';

/** The request that failed: what it read, and where. */
export interface Read {
  readonly verb: 'get' | 'list';
  readonly resource: Resource;
  /** All namespaces when undefined. */
  readonly namespace: string | undefined;
}

/** What the user asked for could not be read; the message says why, and what to do. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
}

/** Why a read failed: the right that is missing, or what the API server or the network reported. */
export function describeReadFailure(error: unknown, read: Read): string {
  if (error instanceof ApiError && error.code === 403) return describeMissingRight(read);
  if (error instanceof ApiError && error.code === 401) {
    return 'the API server rejected the credentials of the kubeconfig (401 Unauthorized): log in again';
  }
  if (error instanceof ConnectionError) return `no response from the API server (${error.message})`;
  return error instanceof Error ? error.message : String(error);
}

function describeMissingRight({ verb, resource, namespace }: Read): string {
  const name = resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
  const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
  return `the right to ${verb} ${name} ${where} is missing`;
}
