import { exampleConverter } from '../../../api/example-converter.ts';
import type { TemperatureConverter } from '../../../api/temperature-converter.ts';
import { FIELD_MANAGER } from '../../../children/labels.ts';
import { buildOwnedMetadata } from '../../../../controller-runtime/object/object.ts';
import { computeStatus } from '../../../status/status.ts';
import type {
  LiveAutoscaler,
  LiveChildren,
  LiveDeployment,
  LiveEvent,
  LiveMetadata,
  LivePod,
  LiveService,
  Observation,
} from '../live-objects.ts';

/** The current time of the examples. */
export const NOW = new Date('2026-01-01T12:00:00Z');

/** The time that many minutes before NOW. */
export function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

const MESSAGES = {
  Ready: 'The converter is available and matches the spec.',
  Reconciled: 'All children match the spec.',
  Available: 'All desired replicas are available.',
  Autoscaling: 'The autoscaler reads the CPU utilization.',
  Paused: 'Reconciliation is not paused.',
} as const;

const REASONS = {
  Ready: 'Ready',
  Reconciled: 'Applied',
  Available: 'Serving',
  Autoscaling: 'Active',
  Paused: 'NotPaused',
} as const;

/** A resource that is ready with two replicas. */
export function readyConverter(more: Parameters<typeof exampleConverter>[0] = {}): TemperatureConverter {
  // SAFETY: the keys of a literal.
  const types = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];
  return exampleConverter({
    ...more,
    metadata: { name: 'weather', namespace: 'default', creationTimestamp: minutesAgo(180), ...more.metadata },
    status: {
      observedGeneration: 3,
      replicas: 2,
      readyReplicas: 2,
      image: 'registry.example.com/temperature-converter-service:0.1.0',
      url: 'http://weather.default.svc:80',
      conditions: types.map((type) => ({
        type,
        status: type === 'Paused' ? 'False' : 'True',
        reason: REASONS[type],
        message: MESSAGES[type],
        observedGeneration: 3,
        lastTransitionTime: minutesAgo(175),
      })),
      ...more.status,
    },
  });
}

/** The metadata of a child that the operator has applied. */
export function childMetadata(owner: TemperatureConverter, more: Partial<LiveMetadata> = {}): LiveMetadata {
  return {
    ...buildOwnedMetadata(owner, {}),
    uid: 'c1',
    resourceVersion: '20',
    creationTimestamp: owner.metadata.creationTimestamp,
    managedFields: [
      { manager: FIELD_MANAGER, operation: 'Apply', time: owner.metadata.creationTimestamp },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', time: minutesAgo(1) },
    ],
    ...more,
  };
}

/** The Deployment of a resource, with two replicas. */
export function deployment(owner: TemperatureConverter, more: Partial<LiveDeployment> = {}): LiveDeployment {
  const scaled = {
    manager: 'kube-controller-manager',
    operation: 'Update',
    subresource: 'scale',
    time: minutesAgo(12),
  };
  const metadata = childMetadata(owner);
  return {
    metadata: { ...metadata, managedFields: [...(metadata.managedFields ?? []), scaled] },
    spec: { replicas: 2 },
    status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    ...more,
  };
}

/** The Service of a resource. */
export function service(owner: TemperatureConverter, more: Partial<LiveService> = {}): LiveService {
  const spec = { type: 'ClusterIP', clusterIP: '10.96.114.7', ports: [{ port: 80 }] };
  return { metadata: childMetadata(owner), spec, ...more };
}

/** The autoscaler of a resource, which has scaled to two replicas. */
export function autoscaler(owner: TemperatureConverter, more: Partial<LiveAutoscaler> = {}): LiveAutoscaler {
  const cpu = { name: 'cpu', container: 'converter' };
  const target = { type: 'Utilization', averageUtilization: 80 };
  const current = { averageUtilization: 63, averageValue: '63m' };
  return {
    metadata: childMetadata(owner),
    spec: {
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [{ type: 'ContainerResource', containerResource: { ...cpu, target } }],
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 2,
      lastScaleTime: minutesAgo(12),
      currentMetrics: [{ type: 'ContainerResource', containerResource: { ...cpu, current } }],
      conditions: [
        { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale' },
        { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
        { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' },
      ],
    },
    ...more,
  };
}

/** A pod that has run for some minutes. */
export function pod(name: string, minutes: number, more: Partial<LivePod> = {}): LivePod {
  return {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '30', creationTimestamp: minutesAgo(minutes) },
    spec: { nodeName: 'worker-1', containers: [{ name: 'converter' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: 'converter', ready: true, restartCount: 0, state: { running: { startedAt: minutesAgo(minutes) } } },
      ],
    },
    ...more,
  };
}

/** An event (core/v1) of some minutes ago. */
export function event(object: string, reason: string, minutes: number, more: Partial<LiveEvent> = {}): LiveEvent {
  const [kind = '', name = ''] = object.split('/');
  return {
    metadata: { name: `${name}.${reason}`, namespace: 'default', uid: 'e1', resourceVersion: '40' },
    involvedObject: { kind, name },
    type: 'Normal',
    reason,
    message: `${reason}.`,
    count: 1,
    lastTimestamp: minutesAgo(minutes),
    ...more,
  };
}

/** What is observed of a resource: by default of one that is ready, with two pods. */
export function observation(more: Partial<Observation> = {}): Observation {
  const { converter = readyConverter() } = more;
  const children: LiveChildren = {
    Deployment: deployment(converter),
    Service: service(converter),
    HorizontalPodAutoscaler: autoscaler(converter),
  };
  return {
    converter,
    children,
    pods: [pod('weather-6f9c7d54b8-2xkqz', 175), pod('weather-6f9c7d54b8-w7kfp', 12)],
    events: [
      event('HorizontalPodAutoscaler/weather', 'SuccessfulRescale', 12, {
        message: 'New size: 2; reason: cpu container resource utilization (percentage of request) above target',
      }),
      event('Deployment/weather', 'ScalingReplicaSet', 12, {
        message: 'Scaled up replica set weather-6f9c7d54b8 from 1 to 2',
      }),
      event('Pod/weather-6f9c7d54b8-w7kfp', 'Unhealthy', 11.9, {
        type: 'Warning',
        message: 'Startup probe failed: dial tcp 10.244.0.9:5000: connect: connection refused',
        count: 2,
      }),
    ],
    gaps: [],
    ...more,
  };
}

/** What is observed of a resource whose image does not exist, by a user who may not list events. */
export function brokenObservation(): Observation {
  const image = 'registry.example.com/weather:2';
  const resource = exampleConverter({
    metadata: { name: 'broken', namespace: 'default', creationTimestamp: minutesAgo(5) },
    spec: { image },
  });
  const message = `Back-off pulling image "${image}": ErrImagePull: ${image}: not found`;
  const broken = pod('broken-7c5d9f6b4-lq8vz', 5, {
    spec: {
      nodeName: 'worker-1',
      initContainers: [{ name: 'proxy', restartPolicy: 'Always' }],
      containers: [{ name: 'converter' }],
    },
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'proxy', ready: true, restartCount: 0, state: { running: { startedAt: minutesAgo(4.9) } } },
      ],
      containerStatuses: [
        {
          name: 'converter',
          image,
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message } },
        },
      ],
    },
  });
  const live = deployment(resource, {
    metadata: childMetadata(resource),
    spec: { replicas: 1 },
    status: { replicas: 1, updatedReplicas: 1 },
  });
  const hpa = autoscaler(resource, { status: {} });
  // In the words of the operator. It reads the template of the Deployment only for the image.
  const status = computeStatus({
    resource,
    results: [],
    deployment: { metadata: live.metadata, ...(live.status === undefined ? {} : { status: live.status }) },
    autoscaler: { metadata: hpa.metadata },
    pods: [broken],
    now: new Date(minutesAgo(5)),
  });
  return observation({
    converter: { ...resource, status: { ...status, image } },
    children: { Deployment: live, Service: service(resource), HorizontalPodAutoscaler: hpa },
    pods: [broken],
    events: [],
    gaps: [{ what: 'events', message: 'the right to list events in namespace default is missing' }],
  });
}
