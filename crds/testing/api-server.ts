import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../../local-cluster/control-plane.ts';
import { waitUntil } from '../../local-cluster/process/wait-until.ts';
import { API_VERSION, GROUP, KIND, PLURAL, VERSION } from '../../operator/api/temperature-converter.ts';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import { ApiError, type StatusBody } from '../../controller-runtime/client/errors.ts';
import { collectionPath, objectPath, type Resource } from '../../controller-runtime/object/resource.ts';

/** How long an API server may take to start, and to be told of a CustomResourceDefinition. */
export const START_TIMEOUT_MS = 120_000;

const CONVERTERS: Resource = { group: GROUP, version: VERSION, plural: PLURAL };
const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};

/** A real API server of this test's own, without controllers and nodes. */
export interface ApiServer {
  readonly client: KubeClient;
  readonly connection: ApiServerConnection;
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

/** Starts an API server without our CustomResourceDefinition. */
export async function startApiServer(): Promise<ApiServer> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'crd-test-'));
  const controlPlane = await startControlPlane({ stateDirectory });
  const { kubeconfigPath } = controlPlane;
  const connection = new ApiServerConnection(loadKubeConfig({ kubeconfig: kubeconfigPath }));
  return {
    client: new KubeClient({ connection, userAgent: 'crd-test' }),
    connection,
    kubeconfigPath,
    stop: async () => {
      connection.close();
      await controlPlane.stop();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** A CustomResourceDefinition, as far as it matters here. */
export interface Definition {
  readonly metadata: { readonly name: string };
}

/** Applies a CustomResourceDefinition and waits until the API server serves it. */
export async function installDefinition(client: KubeClient, definition: Definition): Promise<void> {
  await client.send({
    method: 'PATCH',
    path: objectPath(DEFINITIONS, undefined, definition.metadata.name),
    query: { fieldManager: 'crd-test', force: 'true', fieldValidation: 'Strict' },
    body: definition,
    bodyType: 'application/apply-patch+yaml',
  });
  await waitUntil({
    what: 'the API server to serve TemperatureConverters',
    timeoutMs: START_TIMEOUT_MS,
    probe: async () => {
      try {
        return await client.send({ method: 'GET', path: collectionPath(CONVERTERS) });
      } catch (error) {
        // At first it knows of no such resource, then it prepares its storage.
        if (error instanceof ApiError && [404, 429].includes(error.code)) return undefined;
        throw error;
      }
    },
  });
}

/** A TemperatureConverter as it is sent: the spec may be anything. */
export interface Manifest {
  readonly name: string;
  /** Left out when undefined. */
  readonly spec?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: unknown;
}

/** A TemperatureConverter as it is stored. */
export interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** The path of a TemperatureConverter of the namespace `default`, or of its status. */
export function pathOf(name: string, subresource?: 'status'): string {
  return objectPath(CONVERTERS, 'default', name, subresource);
}

/** Creates a TemperatureConverter in the namespace `default`; with `dryRun: 'All'` it is judged and not stored. */
export function create(client: KubeClient, manifest: Manifest, query: Record<string, string> = {}): Promise<Stored> {
  return client.send<Stored>({
    method: 'POST',
    path: collectionPath(CONVERTERS, 'default'),
    query: { fieldValidation: 'Strict', ...query },
    body: bodyOf(manifest),
  });
}

/** The manifest as JSON has it. */
export function bodyOf({ name, spec, labels, status }: Manifest): Readonly<Record<string, unknown>> {
  return { apiVersion: API_VERSION, kind: KIND, metadata: { name, labels }, spec, status };
}

/** Changes an object by a merge patch, or by server-side apply as the field manager of that name. */
export function patch(client: KubeClient, path: string, body: object, applyAs?: string): Promise<Stored> {
  return client.send<Stored>({
    method: 'PATCH',
    path,
    query: { fieldValidation: 'Strict', ...(applyAs === undefined ? {} : { fieldManager: applyAs }) },
    body,
    bodyType: applyAs === undefined ? 'application/merge-patch+json' : 'application/apply-patch+yaml',
  });
}

/** What the API server says against each field, once it has refused; rejects when it did not refuse. */
export async function refusalOf(request: Promise<unknown>): Promise<Record<string, string[]>> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 422) throw error;
    return complaintsOf(error.status);
  }
  throw new Error('the API server did not refuse');
}

function complaintsOf({ details }: StatusBody): Record<string, string[]> {
  const complaints: Record<string, string[]> = {};
  for (const { field = '', message = '' } of details?.causes ?? []) {
    // The API server's own note that rules wait until types and bounds are right.
    if (message.includes('some validation rules were not checked')) continue;
    (complaints[field] ??= []).push(message);
  }
  return complaints;
}
