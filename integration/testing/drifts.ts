import { constantFrom, type Arbitrary } from 'fast-check';
import type { Address, Cluster, LiveObject } from './cluster.ts';

/** A change that others make to the children of a converter. */
export interface Drift {
  readonly title: string;
  readonly make: (cluster: Cluster, namespace: string, name: string) => Promise<unknown>;
}

type ChildKind = 'Deployment' | 'Service' | 'HorizontalPodAutoscaler' | 'PodDisruptionBudget';

const ALLOCATED = new Set(['clusterIP', 'clusterIPs', 'healthCheckNodePort']);
const OTHER_OWNER = { apiVersion: 'example.com/v1', kind: 'Site', name: 'other', uid: 'other-uid', controller: true };

/** Changes of fields by hand, deletions, lost owners and foreign objects. */
export const DRIFTS: readonly Drift[] = [
  { title: 'none', make: async () => undefined },
  patched('Service', { spec: { selector: { app: 'other' } } }),
  patched('Service', { spec: { type: 'NodePort' } }),
  patched('Service', { spec: { sessionAffinity: 'ClientIP' } }),
  patched('Service', { spec: { externalIPs: ['192.0.2.1'] } }),
  patched('Service', { spec: { ports: [{ name: 'http', port: 4321, targetPort: 'http' }] } }),
  patched('Service', { metadata: { annotations: { 'example.com/note': 'by hand' } } }),
  patched('Service', { metadata: { labels: { 'app.kubernetes.io/part-of': 'other' } } }),
  patched('Service', { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: '', clusterIPs: [] } }),
  applied('Service', { spec: { ports: [{ name: 'other', port: 9000 }] } }),
  patched('Deployment', { spec: { replicas: 3 } }),
  patched('Deployment', { spec: { minReadySeconds: 0, paused: true } }),
  patched('Deployment', { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }),
  patched('Deployment', { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } }),
  patched('Deployment', { spec: { template: { metadata: { labels: { 'app.kubernetes.io/part-of': null } } } } }),
  applied('Deployment', container({ image: 'by-hand' })),
  applied(
    'Deployment',
    container({
      env: [
        { name: 'PORT', value: '1' },
        { name: 'EXTRA', value: 'x' },
      ],
    }),
  ),
  applied('Deployment', { spec: { template: { spec: { containers: [{ name: 'sidecar', image: 'sidecar' }] } } } }),
  patched('HorizontalPodAutoscaler', { spec: { maxReplicas: 9 } }),
  patched('HorizontalPodAutoscaler', { spec: { metrics: null } }),
  patched('HorizontalPodAutoscaler', { metadata: { labels: { team: 'blue' } } }),
  patched('PodDisruptionBudget', { spec: { unhealthyPodEvictionPolicy: 'IfHealthyBudget' } }),
  ...perKind('deleted', (kind) => (cluster, namespace, name) => cluster.delete(kind, namespace, name)),
  ...perKind('orphaned', (kind) => patchOf(kind, { metadata: { ownerReferences: null } })),
  ...perKind('taken over', (kind) => patchOf(kind, { metadata: { ownerReferences: [OTHER_OWNER] } })),
  ...perKind('foreign', (kind) => replaceBy(kind, {})),
  ...perKind(
    'foreign, to be adopted',
    (kind) => (cluster, namespace, name) =>
      replaceBy(kind, { annotations: { 'temperature-converter.io/adopt': name } })(cluster, namespace, name),
  ),
  ...perKind('terminating', (kind) => async (cluster, namespace, name) => {
    const held = await patchOf(kind, { metadata: { finalizers: ['example.com/hold'] } })(cluster, namespace, name);
    if (held !== undefined) await cluster.delete(kind, namespace, name);
  }),
  {
    title: 'the converter is being deleted',
    make: async (cluster, namespace, name) => {
      const address = ['TemperatureConverter', namespace, name] as const;
      await cluster.patch(address, { metadata: { finalizers: ['example.com/hold'] } });
      await cluster.delete(...address);
    },
  },
];

/** Any of them; half of the converters have none. */
export const DRIFT: Arbitrary<Drift> = constantFrom(...DRIFTS);

function patched(kind: ChildKind, patch: object): Drift {
  return { title: `${kind}: ${JSON.stringify(patch)}`, make: patchOf(kind, patch) };
}

function applied(kind: ChildKind, fields: object): Drift {
  return {
    title: `${kind} applied: ${JSON.stringify(fields)}`,
    make: async (cluster, namespace, name) => {
      const found = await cluster.find(kind, namespace, name);
      return found && cluster.apply([kind, namespace, name], fields);
    },
  };
}

function container(fields: object): object {
  return { spec: { template: { spec: { containers: [{ name: 'converter', ...fields }] } } } };
}

function perKind(title: string, makeOf: (kind: ChildKind) => Drift['make']): readonly Drift[] {
  const kinds = ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'] as const;
  return kinds.map((kind) => ({ title: `${kind} ${title}`, make: makeOf(kind) }));
}

/** A patch of a child, if there is one. */
function patchOf(kind: ChildKind, patch: object): Drift['make'] {
  return async (cluster, namespace, name) => {
    const address: Address = [kind, namespace, name];
    return (await cluster.find(...address)) && cluster.patch(address, patch);
  };
}

/** Replaces a child by an object of the same name that the operator did not create. */
function replaceBy(kind: ChildKind, metadata: object): Drift['make'] {
  return async (cluster, namespace, name) => {
    const found = await cluster.find(kind, namespace, name);
    const { spec = {} }: Pick<LiveObject, 'spec'> = found ?? {
      spec: { selector: { matchLabels: { app: 'other' } }, minAvailable: 1 },
    };
    if (found === undefined && kind !== 'PodDisruptionBudget') return;
    if (found !== undefined) await cluster.delete(kind, namespace, name);
    const fields = Object.fromEntries(Object.entries(spec).filter(([field]) => !ALLOCATED.has(field)));
    const types = {
      Deployment: 'apps/v1',
      Service: 'v1',
      HorizontalPodAutoscaler: 'autoscaling/v2',
      PodDisruptionBudget: 'policy/v1',
    };
    await cluster.create({ apiVersion: types[kind], kind, metadata: { namespace, name, ...metadata }, spec: fields });
  };
}
