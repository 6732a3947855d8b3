import { dump } from 'js-yaml';

/**
 * Renders the audit policy: one event for every finished request, of people, service accounts and components alike, with
 * its metadata only. What the API server asks of itself, and health probes, are left out.
 */
export function renderAuditPolicy(): string {
  return dump({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [
      { level: 'None', users: ['system:apiserver'] },
      { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*'] },
      { level: 'Metadata' },
    ],
  });
}
