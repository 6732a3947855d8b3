import type { ChildKind } from '../children/child.ts';

type Home = readonly [path: RegExp, field: string];

const METADATA: readonly Home[] = [
  [/^metadata\.labels/, 'spec.commonLabels'],
  [/^metadata\.annotations/, 'spec.commonAnnotations'],
];

const CONTAINER = String.raw`^spec\.template\.spec\.containers\[name=converter\]\.`;

/** The fields of children that a field of the spec sets. */
const HOMES: Readonly<Record<string, readonly Home[]>> = {
  Deployment: [
    [new RegExp(`${CONTAINER}image$`), 'spec.image'],
    [new RegExp(`${CONTAINER}imagePullPolicy`), 'spec.imagePullPolicy'],
    [new RegExp(`${CONTAINER}resources`), 'spec.resources'],
    [/^spec\.template\.metadata\.labels/, 'spec.pod.labels'],
    [/^spec\.template\.metadata\.annotations/, 'spec.pod.annotations'],
    ...[
      'nodeSelector',
      'tolerations',
      'affinity',
      'topologySpreadConstraints',
      'priorityClassName',
      'serviceAccountName',
      'imagePullSecrets',
    ].map((field): Home => [new RegExp(String.raw`^spec\.template\.spec\.${field}`), `spec.pod.${field}`]),
    ...METADATA,
  ],
  Service: [
    [/^spec\.type/, 'spec.service.type'],
    [/^spec\.ports.*\.nodePort/, 'spec.service.nodePort'],
    [/^spec\.ports.*\.port$/, 'spec.service.port'],
    [/^metadata\.annotations/, 'spec.service.annotations'],
    ...METADATA,
  ],
  HorizontalPodAutoscaler: [
    [/^spec\.minReplicas/, 'spec.autoscaling.minReplicas'],
    [/^spec\.maxReplicas/, 'spec.autoscaling.maxReplicas'],
    [/^spec\.metrics/, 'spec.autoscaling.targetCPUUtilizationPercentage'],
    [/^spec\.behavior\.scaleDown/, 'spec.autoscaling.scaleDownStabilizationWindowSeconds'],
    ...METADATA,
  ],
};

/** The field of a TemperatureConverter that sets a field of a child; undefined if none does. */
export function findSpecField(kind: ChildKind, path: string): string | undefined {
  return (HOMES[kind] ?? METADATA).find(([home]) => home.test(path))?.[1];
}
