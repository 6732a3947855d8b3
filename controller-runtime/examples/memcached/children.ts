import { buildOwnedMetadata, type ObjectToApply, type Owner } from 'controller-runtime';
import type { Memcached } from './memcached.ts';

/** The labels of a Memcached's children and pods, which also identify a child that has lost its owner reference. */
export function labelsOf({ metadata }: Owner): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'memcached',
    'app.kubernetes.io/instance': metadata.name,
    'app.kubernetes.io/managed-by': 'memcached-operator',
  };
}

/** Builds the Deployment that runs the servers. */
export function buildDeployment(memcached: Memcached): ObjectToApply {
  const { size, containerPort, image } = memcached.spec;
  const labels = labelsOf(memcached);
  const container = {
    name: 'memcached',
    image,
    command: ['memcached', `--port=${containerPort}`, '--memory-limit=64', '-o', 'modern', '-v'],
    ports: [{ name: 'memcached', containerPort, protocol: 'TCP' }],
    securityContext: { runAsUser: 1001, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: buildOwnedMetadata(memcached, labels),
    spec: {
      replicas: size,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { securityContext, containers: [container] } },
    },
  };
}

/** Builds the Service in front of the servers. */
export function buildService(memcached: Memcached): ObjectToApply {
  const ports = [{ name: 'memcached', port: memcached.spec.containerPort, protocol: 'TCP', targetPort: 'memcached' }];
  const labels = labelsOf(memcached);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: buildOwnedMetadata(memcached, labels),
    spec: { selector: labels, ports },
  };
}
