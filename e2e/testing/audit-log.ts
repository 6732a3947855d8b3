import { readFile } from 'node:fs/promises';

/** A finished request in the API server's audit log. */
export interface AuditedRequest {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly stage: string;
  readonly requestReceivedTimestamp: string;
}

/** The finished requests of a service account that the API server received after `since`. */
export async function requestsOf(
  auditLogPath: string,
  serviceAccount: { namespace: string; name: string },
  since: Date,
): Promise<readonly AuditedRequest[]> {
  const username = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  const text = await readFile(auditLogPath, 'utf8');
  const lines = text.split('\n').filter((line) => line.includes(username));
  return lines
    .map(parseLine)
    .filter((request) => request !== undefined)
    .filter(({ user, requestReceivedTimestamp: at }) => user.username === username && new Date(at) > since);
}

/** Names a request as RBAC rules do: `patch apps/deployments`, `update temperatureconverters/status`. */
export function ruleOf({ verb, objectRef }: AuditedRequest): string {
  const { resource = '', subresource } = objectRef ?? {};
  const group = objectRef?.apiGroup ?? '';
  const name = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${group === '' ? name : `${group}/${name}`}`;
}

function parseLine(line: string): AuditedRequest | undefined {
  try {
    // SAFETY: the format of audit.k8s.io/v1.
    return JSON.parse(line) as AuditedRequest;
  } catch {
    // The last line may still be in the writing.
    return undefined;
  }
}
