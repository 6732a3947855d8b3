import { describe, expect, it } from '@jest/globals';
import { exampleConverter, FULL_SPEC } from '../api/example-converter.ts';
import { childLabels } from './labels.ts';
import { buildPodTemplate } from './pod-template.ts';

const IMAGE = 'converter:1';
const PROBE = { httpGet: { path: '/api/healthcheck', port: 'http' } };

/** What is the same in every container. */
const CONTAINER = {
  name: 'converter',
  image: IMAGE,
  ports: [
    { name: 'http', containerPort: 5000, protocol: 'TCP' },
    { name: 'metrics', containerPort: 9464, protocol: 'TCP' },
  ],
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  },
  startupProbe: { ...PROBE, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 },
  readinessProbe: { ...PROBE, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
  livenessProbe: { ...PROBE, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  lifecycle: { preStop: { sleep: { seconds: 5 } } },
};

/** What is the same in every pod. */
const POD = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 30,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
};

const environment = (logLevel: string): object[] => [
  { name: 'PORT', value: '5000' },
  { name: 'METRICS_PORT', value: '9464' },
  { name: 'LOG_LEVEL', value: logLevel },
];

describe('buildPodTemplate', () => {
  it('of an empty spec is a pod of the restricted standard, spread over nodes where possible', () => {
    const resource = exampleConverter();
    expect(buildPodTemplate(resource, IMAGE)).toStrictEqual({
      metadata: { labels: childLabels(resource, IMAGE) },
      spec: {
        ...POD,
        serviceAccountName: 'default',
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'temperature-converter', 'app.kubernetes.io/instance': 'web' },
            },
          },
        ],
        containers: [
          {
            ...CONTAINER,
            imagePullPolicy: 'IfNotPresent',
            env: environment('info'),
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
          },
        ],
      },
    });
  });

  it('of a full spec has what is passed through, and quantities as text', () => {
    const resource = exampleConverter({ spec: FULL_SPEC });
    expect(buildPodTemplate(resource, IMAGE)).toStrictEqual({
      metadata: {
        labels: { team: 'weather', ...childLabels(resource, IMAGE) },
        annotations: { 'example.com/note': 'hello' },
      },
      spec: {
        ...POD,
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'dedicated', operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
        topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
        priorityClassName: 'high',
        serviceAccountName: 'converter',
        imagePullSecrets: [{ name: 'registry' }],
        containers: [
          {
            ...CONTAINER,
            imagePullPolicy: 'Always',
            env: environment('debug'),
            resources: {
              requests: { cpu: '1', memory: '1Gi' },
              limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '1000000' },
            },
          },
        ],
      },
    });
  });

  it('takes resources whole: what is not given has no default', () => {
    const { spec } = buildPodTemplate(exampleConverter({ spec: { resources: { requests: { cpu: '1' } } } }), IMAGE);
    expect(spec?.containers[0]?.resources).toStrictEqual({ requests: { cpu: '1' } });
  });

  it('says when to pull an image for which the spec does not, as Kubernetes chooses', () => {
    const { spec } = buildPodTemplate(exampleConverter(), 'converter:latest');
    expect(spec?.containers[0]?.imagePullPolicy).toBe('Always');
  });

  it('lets no label of the spec replace one of its own', () => {
    const resource = exampleConverter({ spec: { pod: { labels: { 'app.kubernetes.io/instance': 'other' } } } });
    expect(buildPodTemplate(resource, IMAGE).metadata?.labels).toEqual(childLabels(resource, IMAGE));
  });

  it('spreads the pods not at all where the spec says so', () => {
    const resource = exampleConverter({ spec: { pod: { topologySpreadConstraints: [] } } });
    expect(buildPodTemplate(resource, IMAGE).spec?.topologySpreadConstraints).toEqual([]);
  });
});
