import {
  API_VERSION,
  KIND,
  TEMPERATURE_CONVERTERS,
  type TemperatureConverter,
} from '../../operator/api/temperature-converter.ts';
import { CHILDREN, PODS } from '../../operator/caches.ts';
import type { ChildKind } from '../../operator/children/child.ts';
import { MEMCACHEDS } from '../../controller-runtime/examples/memcached/memcached.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import type { ObjectList } from '../../controller-runtime/object/object.ts';
import { collectionPath, objectPath, type Resource } from '../../controller-runtime/object/resource.ts';

/** The API resource of each kind that tests use. */
const RESOURCES = {
  TemperatureConverter: TEMPERATURE_CONVERTERS,
  Memcached: MEMCACHEDS,
  Deployment: CHILDREN.Deployment.resource,
  Service: CHILDREN.Service.resource,
  HorizontalPodAutoscaler: CHILDREN.HorizontalPodAutoscaler.resource,
  PodDisruptionBudget: CHILDREN.PodDisruptionBudget.resource,
  Pod: PODS,
  ConfigMap: core('configmaps'),
  Namespace: core('namespaces'),
  ResourceQuota: core('resourcequotas'),
  Secret: core('secrets'),
  ServiceAccount: core('serviceaccounts'),
  Event: { group: 'events.k8s.io', version: 'v1', plural: 'events' },
  Lease: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
  Role: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles' },
  RoleBinding: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'rolebindings' },
  ClusterRole: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles' },
  ClusterRoleBinding: { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterrolebindings' },
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
  FlowSchema: { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', plural: 'flowschemas' },
  PriorityLevelConfiguration: {
    group: 'flowcontrol.apiserver.k8s.io',
    version: 'v1',
    plural: 'prioritylevelconfigurations',
  },
  MutatingAdmissionPolicy: admission('mutatingadmissionpolicies'),
  MutatingAdmissionPolicyBinding: admission('mutatingadmissionpolicybindings'),
  ValidatingAdmissionPolicy: admission('validatingadmissionpolicies'),
  ValidatingAdmissionPolicyBinding: admission('validatingadmissionpolicybindings'),
  MutatingWebhookConfiguration: admission('mutatingwebhookconfigurations'),
  ValidatingWebhookConfiguration: admission('validatingwebhookconfigurations'),
} as const satisfies Record<string, Resource>;

/** A kind that tests use. */
export type Kind = keyof typeof RESOURCES;

/** An object as the API server sends it. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: TemperatureConverter['metadata'] & { readonly finalizers?: readonly string[] };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** An object as a test sends it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Identifies an object; the namespace is undefined for a cluster-scoped one. */
export type Address = readonly [kind: Kind, namespace: string | undefined, name: string];

/** The default field manager of the tests' own writes. */
const MANAGER = 'test-client';

/** A client of the API server that acts as users, other controllers and the kubelet. */
export class Cluster {
  readonly client: KubeClient;

  constructor(client: KubeClient) {
    this.client = client;
  }

  /** Creates a namespace with a generated name and returns the name. */
  async createNamespace(labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `test-${crypto.randomUUID().slice(0, 8)}`;
    await this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    return name;
  }

  /** Creates an object; rejects with an ApiError. */
  create<T = LiveObject>(manifest: Manifest): Promise<T> {
    return this.client.send<T>({
      method: 'POST',
      path: collectionPath(RESOURCES[manifest.kind], manifest.metadata.namespace),
      query: { fieldManager: MANAGER },
      body: manifest,
    });
  }

  /** Reads an object; rejects when it does not exist. */
  get<T = LiveObject>(...address: Address): Promise<T> {
    return this.client.send<T>({ method: 'GET', path: pathOf(address) });
  }

  /** Reads an object; resolves to undefined when it does not exist. */
  async find<T = LiveObject>(...address: Address): Promise<T | undefined> {
    try {
      return await this.get<T>(...address);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Lists the objects of a kind in a namespace, or in all namespaces. */
  async list<T = LiveObject>(kind: Kind, namespace?: string): Promise<readonly T[]> {
    const path = collectionPath(RESOURCES[kind], namespace);
    const { items } = await this.client.send<ObjectList<T>>({ method: 'GET', path });
    return items;
  }

  /** Changes an object with a JSON merge patch. */
  patch<T = LiveObject>(address: Address, patch: object, fieldManager = MANAGER): Promise<T> {
    return this.client.send<T>({
      method: 'PATCH',
      path: pathOf(address),
      query: { fieldManager },
      body: patch,
      bodyType: 'application/merge-patch+json',
    });
  }

  /** Applies fields with server-side apply and force, which takes them over from other managers. */
  apply<T = LiveObject>(address: Address, fields: object, fieldManager = MANAGER): Promise<T> {
    const [kind, namespace, name] = address;
    const { group, version } = RESOURCES[kind];
    const { metadata, ...rest }: { metadata?: object } = fields;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return this.client.send<T>({
      method: 'PATCH',
      path: pathOf(address),
      query: { fieldManager, force: 'true' },
      body: { apiVersion, kind, metadata: { ...metadata, name, namespace }, ...rest },
      bodyType: 'application/apply-patch+yaml',
    });
  }

  /** Changes an object's status with a JSON merge patch, as its controller does. */
  patchStatus<T = LiveObject>(address: Address, status: object): Promise<T> {
    return this.client.send<T>({
      method: 'PATCH',
      path: `${pathOf(address)}/status`,
      query: { fieldManager: 'status-writer' },
      body: { status },
      bodyType: 'application/merge-patch+json',
    });
  }

  /** Reads an object, changes it with `edit` and updates it, as `kubectl edit` does. */
  async edit(address: Address, edit: (object: LiveObject) => object): Promise<LiveObject> {
    const body = edit(await this.get(...address));
    return this.client.send({ method: 'PUT', path: pathOf(address), query: { fieldManager: MANAGER }, body });
  }

  /** Deletes an object if it exists. */
  async delete(...address: Address): Promise<void> {
    try {
      await this.client.send({ method: 'DELETE', path: pathOf(address) });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  /** Creates a TemperatureConverter. */
  createConverter(
    namespace: string,
    name: string,
    spec: object = {},
    metadata: object = {},
  ): Promise<TemperatureConverter> {
    return this.create({ apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name, ...metadata }, spec });
  }

  /** Reads a TemperatureConverter. */
  converter(namespace: string, name: string): Promise<TemperatureConverter> {
    return this.get<TemperatureConverter>('TemperatureConverter', namespace, name);
  }

  /** Reads the three children that every resource has. */
  async children(
    namespace: string,
    name: string,
  ): Promise<Record<Exclude<ChildKind, 'PodDisruptionBudget'>, LiveObject>> {
    const [Deployment, Service, HorizontalPodAutoscaler] = await Promise.all([
      this.get('Deployment', namespace, name),
      this.get('Service', namespace, name),
      this.get('HorizontalPodAutoscaler', namespace, name),
    ]);
    return { Deployment, Service, HorizontalPodAutoscaler };
  }
}

function pathOf([kind, namespace, name]: Address): string {
  return objectPath(RESOURCES[kind], namespace, name);
}

function core(plural: string): Resource {
  return { group: '', version: 'v1', plural };
}

function admission(plural: string): Resource {
  return { group: 'admissionregistration.k8s.io', version: 'v1', plural };
}
