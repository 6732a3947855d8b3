import { describe, expect, it } from '@jest/globals';
import {
  API_VERSION,
  type Condition,
  type ConditionType,
  GROUP,
  type ImagePullPolicy,
  type IpFamilyPolicy,
  KIND,
  type LogLevel,
  PLURAL,
  type ServiceType,
  type SessionAffinity,
  type TemperatureConverterSpec,
  type TemperatureConverterStatus,
  type TrafficDistribution,
  type TrafficPolicy,
  VERSION,
} from '../operator/api/temperature-converter.ts';
import { compareWithSchema } from './coverage.ts';
import { readCustomResourceDefinition, type Schema, walkSchema } from './schema.ts';

/** The parts that neither the schema nor the types describe. */
type Opaque = 'nodeAffinity' | 'podAffinity' | 'podAntiAffinity';

/** T with every optional field required, recursively. */
type Complete<T> = T extends readonly (infer Item)[]
  ? readonly Complete<Item>[]
  : T extends object
    ? { readonly [K in keyof T]-?: K extends Opaque ? object : Complete<T[K]> }
    : T;

/** T without optional fields, recursively. */
type RequiredOnly<T> = T extends object
  ? { readonly [K in keyof T as T extends Record<K, T[K]> ? K : never]: RequiredOnly<T[K]> }
  : T;

// The compiler compares these objects with the types, and the tests compare them with the schema.
const completeSpec = {
  service: {
    port: 80,
    type: 'LoadBalancer',
    nodePort: 30080,
    annotations: { key: 'value' },
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    trafficDistribution: 'PreferClose',
    sessionAffinity: 'ClientIP',
    loadBalancerClass: 'example.com/internal',
    loadBalancerSourceRanges: ['10.0.0.0/8'],
    ipFamilyPolicy: 'PreferDualStack',
  },
  autoscaling: {
    minReplicas: 1,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 80,
    scaleDownStabilizationWindowSeconds: 300,
  },
  image: 'converter:1',
  imagePullPolicy: 'Always',
  resources: {
    requests: { cpu: '100m', memory: 1, 'ephemeral-storage': '1Gi' },
    limits: { cpu: '100m', memory: 1, 'ephemeral-storage': '1Gi' },
  },
  logLevel: 'info',
  pod: {
    labels: { key: 'value' },
    annotations: { key: 'value' },
    nodeSelector: { key: 'value' },
    tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 1 }],
    affinity: { nodeAffinity: {}, podAffinity: {}, podAntiAffinity: {} },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        minDomains: 1,
        nodeAffinityPolicy: 'Honor',
        nodeTaintsPolicy: 'Honor',
        matchLabelKeys: ['a'],
        labelSelector: {
          matchLabels: { b: 'c' },
          matchExpressions: [{ key: 'd', operator: 'In', values: ['e'] }],
        },
      },
    ],
    priorityClassName: 'a',
    serviceAccountName: 'b',
    imagePullSecrets: [{ name: 'c' }],
  },
  commonLabels: { key: 'value' },
  commonAnnotations: { key: 'value' },
  podDisruptionBudget: { maxUnavailable: 1 },
  paused: true,
} satisfies Complete<TemperatureConverterSpec>;

const requiredSpec = {
  service: { port: 80, type: 'ClusterIP' },
  autoscaling: { minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 80 },
  logLevel: 'info',
  paused: false,
} satisfies RequiredOnly<TemperatureConverterSpec>;

const completeStatus = {
  observedGeneration: 1,
  replicas: 1,
  readyReplicas: 1,
  image: 'converter:1',
  url: 'http://a.b.svc:80',
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Serving',
      message: 'All is well.',
    },
  ],
} satisfies Complete<TemperatureConverterStatus>;

const unions = {
  'spec.service.type': { ClusterIP: 0, NodePort: 0, LoadBalancer: 0 } satisfies Record<ServiceType, 0>,
  'spec.service.externalTrafficPolicy': { Cluster: 0, Local: 0 } satisfies Record<TrafficPolicy, 0>,
  'spec.service.internalTrafficPolicy': { Cluster: 0, Local: 0 } satisfies Record<TrafficPolicy, 0>,
  'spec.service.trafficDistribution': { PreferClose: 0, PreferSameZone: 0, PreferSameNode: 0 } satisfies Record<
    TrafficDistribution,
    0
  >,
  'spec.service.sessionAffinity': { None: 0, ClientIP: 0 } satisfies Record<SessionAffinity, 0>,
  'spec.service.ipFamilyPolicy': { SingleStack: 0, PreferDualStack: 0, RequireDualStack: 0 } satisfies Record<
    IpFamilyPolicy,
    0
  >,
  'spec.imagePullPolicy': { Always: 0, IfNotPresent: 0, Never: 0 } satisfies Record<ImagePullPolicy, 0>,
  'spec.logLevel': { debug: 0, info: 0, warn: 0, error: 0 } satisfies Record<LogLevel, 0>,
  'status.conditions[].status': { True: 0, False: 0, Unknown: 0 } satisfies Record<Condition['status'], 0>,
};

const conditionTypes = {
  Ready: 0,
  Reconciled: 0,
  Available: 0,
  Autoscaling: 0,
  Paused: 0,
  Stalled: 0,
} satisfies Record<ConditionType, 0>;

const definition = readCustomResourceDefinition();
const root = definition.spec.versions[0].schema.openAPIV3Schema;
const schemas = new Map([...walkSchema({ path: '', schema: root })].map(({ path, schema }) => [path, schema]));

function schemaAt(path: string): Schema {
  const schema = schemas.get(path);
  if (schema === undefined) throw new Error(`the schema has no ${path}`);
  return schema;
}

/** The defaults of an empty object. */
function defaultOf(schema: Schema): unknown {
  if (schema.default === undefined || schema.properties === undefined) return schema.default;
  const filled = Object.entries(schema.properties).map(([name, property]) => [name, defaultOf(property)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}

describe('the TypeScript types and the schema agree', () => {
  it.each([
    ['spec', completeSpec],
    ['status', completeStatus],
  ])('on every field of %s', (path, complete) => {
    expect(compareWithSchema(schemaAt(path), complete, path)).toEqual({ unset: [], unknown: [] });
  });

  it('on the fields of spec with a default, which are always set', () => {
    expect(defaultOf(schemaAt('spec'))).toEqual(requiredSpec);
  });

  it.each(Object.entries(unions))('on the values of %s', (path, union) => {
    expect(schemaAt(path).enum?.toSorted()).toEqual(Object.keys(union).toSorted());
  });

  it('on the types of conditions, which the schema only describes', () => {
    const described = schemaAt('status.conditions[].type').description?.match(/[A-Z]\w+/g);
    expect(described?.toSorted()).toEqual(Object.keys(conditionTypes).toSorted());
  });

  it('on the names of the API', () => {
    const { group, names, versions } = definition.spec;
    expect({ group, kind: names.kind, plural: names.plural, versions: versions.map(({ name }) => name) }).toEqual({
      group: GROUP,
      kind: KIND,
      plural: PLURAL,
      versions: [VERSION],
    });
    expect(API_VERSION).toBe('temperature-converter.io/v1');
  });
});
