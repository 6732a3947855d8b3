import { dump } from 'js-yaml';

/**
 * Renders the audit policy: the metadata of every finished request of users, service accounts and components, without the
 * API server's own requests and health probes.
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
