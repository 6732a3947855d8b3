import type {
  V1Container,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Probe,
  V1ResourceRequirements,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import type {
  PodSpec,
  ResourceQuantities,
  ResourceRequirements,
  TemperatureConverter,
} from '../api/temperature-converter.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { operatorLabels, selectorLabels, withAnnotations } from './labels.ts';

/** The name of the converter's container. */
export const CONVERTER_CONTAINER = 'converter';
/** The name of the container port that the Service targets. */
export const HTTP_PORT_NAME = 'http';

const HTTP_PORT = 5000;
const METRICS_PORT = 9464;
const HEALTH_PATH = '/api/healthcheck';

/** How long a terminating pod keeps serving, so that kube-proxy on every node stops routing to it first. */
const PRE_STOP_SLEEP_SECONDS = 5;
const TERMINATION_GRACE_SECONDS = 30;

const DEFAULT_RESOURCES: ResourceRequirements = {
  requests: { cpu: '100m', memory: '64Mi' },
  limits: { cpu: '200m', memory: '128Mi' },
};

/** Builds the template of a resource's pods, which meet the `restricted` Pod Security Standard. */
export function buildPodTemplate(resource: TemperatureConverter, image: string): V1PodTemplateSpec {
  const { pod = {} } = resource.spec;
  return {
    metadata: {
      labels: { ...resource.spec.commonLabels, ...pod.labels, ...operatorLabels(resource, image) },
      ...withAnnotations(resource, pod.annotations),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      topologySpreadConstraints: pod.topologySpreadConstraints ?? spreadOverNodes(resource),
      containers: [buildContainer(resource, image)],
      ...placement(pod),
    },
  };
}

function buildContainer(resource: TemperatureConverter, image: string): V1Container {
  const { imagePullPolicy, logLevel, resources } = resource.spec;
  return {
    name: CONVERTER_CONTAINER,
    image,
    // Always set: the API server defaults it only once, and keeps that value when the image changes or the field is removed.
    imagePullPolicy: imagePullPolicy ?? defaultPullPolicy(image),
    ports: [
      { name: HTTP_PORT_NAME, containerPort: HTTP_PORT, protocol: 'TCP' },
      { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
    ],
    env: [
      { name: 'PORT', value: String(HTTP_PORT) },
      { name: 'METRICS_PORT', value: String(METRICS_PORT) },
      { name: 'LOG_LEVEL', value: logLevel },
    ],
    resources: buildResources(resources ?? DEFAULT_RESOURCES),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
    // Frequent, because the autoscaler ignores a pod until its first success.
    startupProbe: buildProbe({ periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 }),
    readinessProbe: buildProbe({ periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 }),
    livenessProbe: buildProbe({ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SLEEP_SECONDS } } },
  };
}

function buildProbe(timing: Readonly<Record<ProbeTiming, number>>): V1Probe {
  return { httpGet: { path: HEALTH_PATH, port: HTTP_PORT_NAME }, ...timing };
}

type ProbeTiming = 'periodSeconds' | 'timeoutSeconds' | 'failureThreshold';

function buildResources({ requests, limits }: ResourceRequirements): V1ResourceRequirements {
  return { requests: inText(requests), ...(limits === undefined ? {} : { limits: inText(limits) }) };
}

/** Quantities as strings: the resource may have numbers. */
function inText(quantities: ResourceQuantities): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]));
}

function spreadOverNodes(resource: TemperatureConverter): V1TopologySpreadConstraint[] {
  return [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selectorLabels(resource) },
      // Otherwise the pods that a rollout replaces count too, and all new ones may end up on one node.
      matchLabelKeys: ['pod-template-hash'],
    },
  ];
}

type Placement =
  'nodeSelector' | 'tolerations' | 'affinity' | 'priorityClassName' | 'serviceAccountName' | 'imagePullSecrets';

function placement(pod: PodSpec): Partial<Pick<V1PodSpec, Placement>> {
  const { nodeSelector, tolerations, affinity, priorityClassName, serviceAccountName, imagePullSecrets } = pod;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    // Set explicitly: if the field is removed, the API server restores it from the deprecated field `serviceAccount`.
    serviceAccountName: serviceAccountName ?? 'default',
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
  };
}
