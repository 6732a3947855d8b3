import { type AuditedRequest, inShort, isWrite } from '../../../controller-runtime/testing/audit-log.ts';
import { requestsByUserAgent, requestsOf } from '../../testing/audit-log.ts';

/** Resources of a converter that a busy machine does not scale. */
export const AMPLE_RESOURCES = {
  requests: { cpu: '500m', memory: '64Mi' },
  limits: { cpu: '1', memory: '128Mi' },
} as const;

/** An operator's service account. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** The operator's writes after `since`, without the renewals of its Lease. */
export async function operatorWrites(
  auditLogPath: string,
  serviceAccount: ServiceAccount,
  since: Date,
): Promise<readonly string[]> {
  const requests = await requestsOf(auditLogPath, serviceAccount, since);
  return writesIn(requests.filter(({ objectRef }) => objectRef?.resource !== 'leases'));
}

/** A neighbor's writes after `since` to objects outside its own namespace. */
export async function neighborWrites(
  auditLogPath: string,
  neighbor: { readonly userAgent: string; readonly namespace: string },
  since: Date,
): Promise<readonly string[]> {
  const requests = await requestsByUserAgent(auditLogPath, neighbor.userAgent, since);
  return writesIn(requests.filter(({ objectRef }) => objectRef?.namespace !== neighbor.namespace));
}

function writesIn(requests: readonly AuditedRequest[]): readonly string[] {
  return requests.filter(isWrite).map(inShort);
}
