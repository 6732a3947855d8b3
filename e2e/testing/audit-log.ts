import { readFile } from 'node:fs/promises';
import type { AuditedRequest } from '../../controller-runtime/testing/audit-log.ts';

/** An audit event with the time of the request, as the API server logs it (audit.k8s.io/v1). */
export interface TimedRequest extends AuditedRequest {
  readonly requestReceivedTimestamp: string;
  /** A service account's token names the pod that it was issued to. */
  readonly user: AuditedRequest['user'] & { readonly extra?: Readonly<Record<string, readonly string[]>> };
}

/** The finished requests of a service account that the API server received after `since`. */
export async function requestsOf(
  auditLogPath: string,
  serviceAccount: { namespace: string; name: string },
  since: Date,
): Promise<readonly TimedRequest[]> {
  const username = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  const requests = await requestsWith(auditLogPath, username, since);
  return requests.filter(({ user }) => user.username === username);
}

/** The finished requests of a client, by the beginning of its user agent, that the API server received after `since`. */
export async function requestsByUserAgent(
  auditLogPath: string,
  prefix: string,
  since: Date,
): Promise<readonly AuditedRequest[]> {
  const requests = await requestsWith(auditLogPath, prefix, since);
  return requests.filter(({ userAgent }) => userAgent?.startsWith(prefix) === true);
}

/** The finished requests after `since` whose audit event contains a text. */
async function requestsWith(auditLogPath: string, text: string, since: Date): Promise<readonly TimedRequest[]> {
  // The API server may still be writing the last line.
  const lines = (await readFile(auditLogPath, 'utf8')).split('\n').slice(0, -1);
  return (
    lines
      .filter((line) => line.includes(text))
      // SAFETY: the API server writes one audit event per line.
      .map((line) => JSON.parse(line) as TimedRequest)
      .filter(({ requestReceivedTimestamp: at }) => new Date(at) > since)
  );
}

/** The permission that a request needs, such as `patch apps/deployments` or `update temperatureconverters/status`. */
export function permissionOf({ verb, objectRef }: AuditedRequest): string {
  const { resource = '', subresource } = objectRef ?? {};
  const group = objectRef?.apiGroup ?? '';
  const name = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${group === '' ? name : `${group}/${name}`}`;
}
