import { waitUntil } from '../../local-cluster/process/wait-until.ts';
import { API_VERSION, GROUP, KIND, PLURAL, VERSION } from '../../operator/api/temperature-converter.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError, type StatusBody } from '../../controller-runtime/client/errors.ts';
import { startApiServer as startServer } from '../../controller-runtime/testing/api-server.ts';
import { inNewestPath, inNewestWords } from '../../integration/testing/refusal-wording.ts';
import { findBinaries } from '../../integration/testing/test-server.ts';
import { collectionPath, objectPath, type Resource } from '../../controller-runtime/object/resource.ts';

/** The timeout to start an API server and to install a CustomResourceDefinition. */
export const START_TIMEOUT_MS = 120_000;

const CONVERTERS: Resource = { group: GROUP, version: VERSION, plural: PLURAL };
const DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};

/** A real API server with etcd for one test file, without controllers and nodes. */
export interface ApiServer {
  readonly client: KubeClient;
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

/** Starts an API server without the CustomResourceDefinition. */
export async function startApiServer(): Promise<ApiServer> {
  return startServer({ binaries: await findBinaries() });
}

/** The part of a CustomResourceDefinition that installDefinition reads. */
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
        // The API server answers 404 until the resource is registered, then 429 while it initializes the storage.
        if (error instanceof ApiError && [404, 429].includes(error.code)) return undefined;
        throw error;
      }
    },
  });
}

/** A TemperatureConverter to create, whose spec may be invalid. */
export interface Manifest {
  readonly name: string;
  /** Omitted when undefined. */
  readonly spec?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: unknown;
}

/** A stored TemperatureConverter. */
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

/** The path of a TemperatureConverter in the namespace `default`, or of its status. */
export function pathOf(name: string, subresource?: 'status'): string {
  return objectPath(CONVERTERS, 'default', name, subresource);
}

/** Creates a TemperatureConverter in the namespace `default`; `dryRun: 'All'` only validates it. */
export function create(client: KubeClient, manifest: Manifest, query: Record<string, string> = {}): Promise<Stored> {
  return client.send<Stored>({
    method: 'POST',
    path: collectionPath(CONVERTERS, 'default'),
    query: { fieldValidation: 'Strict', ...query },
    body: bodyOf(manifest),
  });
}

/** The request body of a manifest. */
export function bodyOf({ name, spec, labels, status }: Manifest): Readonly<Record<string, unknown>> {
  return { apiVersion: API_VERSION, kind: KIND, metadata: { name, labels }, spec, status };
}

/** Changes an object with a merge patch, or with server-side apply as the field manager `applyAs`. */
export function patch(client: KubeClient, path: string, body: object, applyAs?: string): Promise<Stored> {
  return client.send<Stored>({
    method: 'PATCH',
    path,
    query: { fieldValidation: 'Strict', ...(applyAs === undefined ? {} : { fieldManager: applyAs }) },
    body,
    bodyType: applyAs === undefined ? 'application/merge-patch+json' : 'application/apply-patch+yaml',
  });
}

/** The validation errors of a rejected request, by field and in the words of the newest API server; rejects when the API server accepts the request. */
export async function fieldErrorsOf(request: Promise<unknown>): Promise<Record<string, string[]>> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 422) throw error;
    return errorsByField(error.status);
  }
  throw new Error('the API server accepted the request; expected a validation error');
}

function errorsByField({ details }: StatusBody): Record<string, string[]> {
  const errors: Record<string, string[]> = {};
  for (const { field = '', message = '' } of details?.causes ?? []) {
    // Not an error of a field: the API server skips the rules while types or limits are violated.
    if (message.includes('some validation rules were not checked')) continue;
    // Newer API servers report an error of a format again without a field.
    if (field === '<nil>' && message.includes('with format')) continue;
    (errors[inNewestPath(field)] ??= []).push(inNewestWords(message));
  }
  return errors;
}
