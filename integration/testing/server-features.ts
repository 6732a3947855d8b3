import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import { collectionPath, objectPath, type Resource } from '../../controller-runtime/object/resource.ts';
import { type CustomResourceDefinition, installCrd } from '../../controller-runtime/testing/install-crd.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { type Step, valueAt, withValueAt } from './leaf-fields.ts';

const START_MS = 30_000;

/** What an API server offers; older versions lack some of it. */
export interface ServerFeatures {
  /** Such as v1.30.14. */
  readonly version: string;
  /** A watch can begin with the initial list (sendInitialEvents). */
  readonly streamsLists: boolean;
  /** The API server serves MutatingAdmissionPolicy (admissionregistration.k8s.io/v1). */
  readonly mutatesByPolicy: boolean;
  /** A rule in CEL that is newer than a resource does not apply to its unchanged fields when its status is updated. */
  readonly ratchetsRules: boolean;
}

/** Asks an API server what it offers. */
export async function askFeatures(client: KubeClient): Promise<ServerFeatures> {
  const { gitVersion } = await client.send<{ gitVersion: string }>({ method: 'GET', path: '/version' });
  return {
    version: gitVersion,
    streamsLists: await streamsLists(client),
    mutatesByPolicy: await offersKind(client, 'admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy'),
    ratchetsRules: await ratchetsRules(client),
  };
}

/** Says whether a watch can begin with the initial list (sendInitialEvents). */
export async function streamsLists(client: KubeClient): Promise<boolean> {
  const query = {
    watch: 'true',
    sendInitialEvents: 'true',
    allowWatchBookmarks: 'true',
    resourceVersionMatch: 'NotOlderThan',
    timeoutSeconds: '1',
  };
  try {
    const signal = AbortSignal.timeout(START_MS);
    (await client.open({ method: 'GET', path: '/api/v1/namespaces', query }, signal)).destroy();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return false;
    throw error;
  }
}

const PROBE_LABELS = { app: 'probe' };
const PROBED_OBJECTS = {
  deployments: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'probe' },
    spec: {
      selector: { matchLabels: PROBE_LABELS },
      template: { metadata: { labels: PROBE_LABELS }, spec: { containers: [{ name: 'app', image: 'probe' }] } },
    },
  },
  services: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'probe' }, spec: { ports: [{ port: 80 }] } },
};

/** Says whether the API server stores this value of a field. An older one drops the field, or refuses a newer value. */
export async function storesValue(
  client: KubeClient,
  plural: keyof typeof PROBED_OBJECTS,
  path: readonly Step[],
  value: unknown,
): Promise<boolean> {
  const object = PROBED_OBJECTS[plural];
  const [version = '', group = ''] = object.apiVersion.split('/').toReversed();
  try {
    const stored = await client.send({
      method: 'POST',
      path: collectionPath({ group, version, plural }, 'default'),
      query: { dryRun: 'All' },
      body: withValueAt(object, path, value),
    });
    return valueAt(stored, path) !== undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return false;
    throw error;
  }
}

/** Says whether the API server serves a kind. */
export async function offersKind(client: KubeClient, apiVersion: string, kind: string): Promise<boolean> {
  const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    const { resources } = await client.send<{ resources: readonly { kind: string }[] }>({ method: 'GET', path });
    return resources.some((resource) => resource.kind === kind);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

const PROBES: Resource = { group: 'features.example.com', version: 'v1', plural: 'probes' };

/**
 * Says whether the API server stores the status of a resource whose spec breaks a rule in CEL that is newer than the resource.
 * All versions store changes of other fields of the spec.
 * Defines a kind for the duration of the question.
 */
export async function ratchetsRules(client: KubeClient): Promise<boolean> {
  const object = objectPath(PROBES, 'default', 'old');
  const kind = { apiVersion: 'features.example.com/v1', kind: 'Probe' };
  const metadata = { name: 'old', namespace: 'default' };
  await installCrd(client, probeDefinition([]));
  await client.send({
    method: 'POST',
    path: collectionPath(PROBES, 'default'),
    body: { ...kind, metadata, spec: 'old' },
  });
  await installCrd(client, probeDefinition([{ rule: "self != 'old'", message: 'is no longer valid' }]));
  await eventually(() => untilRefused(client, { ...kind, metadata: { ...metadata, name: 'new' }, spec: 'old' }));
  try {
    const bodyType = 'application/merge-patch+json';
    await client.send({ method: 'PATCH', path: `${object}/status`, body: { status: 'seen' }, bodyType });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return false;
    throw error;
  } finally {
    await client.send({
      method: 'DELETE',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/probes.features.example.com',
    });
  }
}

/** Rejects until the API server refuses to create an object: then it validates with the new definition. */
async function untilRefused(client: KubeClient, body: object): Promise<void> {
  try {
    await client.send({ method: 'POST', path: collectionPath(PROBES, 'default'), query: { dryRun: 'All' }, body });
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return;
    throw error;
  }
  throw new Error('the API server still validates with the earlier definition');
}

function probeDefinition(rules: readonly object[]): CustomResourceDefinition {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'string', 'x-kubernetes-validations': rules }, status: { type: 'string' } },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: schema },
  };
  const { group } = PROBES;
  const spec = { group, scope: 'Namespaced', names: { plural: 'probes', kind: 'Probe' }, versions: [version] };
  const metadata = { name: 'probes.features.example.com' };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec };
}
