import { describe, expect, it } from '@jest/globals';
import { exampleConverter, FULL_SPEC } from '../api/example-converter.ts';
import { childLabels } from './labels.ts';
import { buildPodTemplate } from './pod-template.ts';

const IMAGE = 'converter:1';
const SELECTOR = {
  'app.kubernetes.io/name': 'temperature-converter',
  'app.kubernetes.io/instance': 'web',
  'app.kubernetes.io/component': 'converter',
};
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
  it('with an empty spec meets the restricted Pod Security Standard, and spreads pods over nodes where possible', () => {
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
            matchLabelKeys: ['pod-template-hash'],
            labelSelector: {
              matchLabels: SELECTOR,
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

  it('with a full spec copies the pod settings, and has quantities as strings', () => {
    const resource = exampleConverter({ spec: FULL_SPEC });
    expect(buildPodTemplate(resource, IMAGE)).toStrictEqual({
      metadata: {
        labels: { team: 'weather', ...childLabels(resource, IMAGE) },
        annotations: { 'example.com/contact': 'weather', 'example.com/note': 'hello' },
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

  it('uses the resources of the spec without adding defaults', () => {
    const { spec } = buildPodTemplate(exampleConverter({ spec: { resources: { requests: { cpu: '1' } } } }), IMAGE);
    expect(spec?.containers[0]?.resources).toStrictEqual({ requests: { cpu: '1' } });
  });

  it('sets the default pull policy of Kubernetes if the spec sets none', () => {
    const { spec } = buildPodTemplate(exampleConverter(), 'converter:latest');
    expect(spec?.containers[0]?.imagePullPolicy).toBe('Always');
  });

  it('does not let labels of the spec replace its own', () => {
    const resource = exampleConverter({ spec: { pod: { labels: { 'app.kubernetes.io/instance': 'other' } } } });
    expect(buildPodTemplate(resource, IMAGE).metadata?.labels).toEqual(childLabels(resource, IMAGE));
  });

  it('has the common labels and annotations, over which those of spec.pod take precedence', () => {
    const common = { shared: 'common', own: 'common' };
    const spec = {
      commonLabels: common,
      commonAnnotations: common,
      pod: { labels: { own: 'pod' }, annotations: { own: 'pod' } },
    };
    const { metadata } = buildPodTemplate(exampleConverter({ spec }), IMAGE);
    expect(metadata?.labels).toMatchObject({ shared: 'common', own: 'pod' });
    expect(metadata?.annotations).toEqual({ shared: 'common', own: 'pod' });
  });

  it('has no spread constraints if the spec has an empty list', () => {
    const resource = exampleConverter({ spec: { pod: { topologySpreadConstraints: [] } } });
    expect(buildPodTemplate(resource, IMAGE).spec?.topologySpreadConstraints).toEqual([]);
  });
});
