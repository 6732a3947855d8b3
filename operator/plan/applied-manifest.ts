import { isDeepStrictEqual } from 'node:util';
import { TEMPERATURE_CONVERTERS, type TemperatureConverter } from '../api/temperature-converter.ts';
import { type Fields, isMap } from '../../controller-runtime/apply/json.ts';
import { applyMergePatch } from '../../controller-runtime/apply/merge-patch.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { collectionPath, objectPath } from '../../controller-runtime/object/resource.ts';
import type { ResourcePlan } from './converter-plan.ts';
import { diffObjects } from './displayed-object.ts';
import type { Manifest } from './manifests.ts';
import type { ApplyOptions } from './plan-options.ts';
import { readDefaults } from './schema-defaults.ts';
import { computeThreeWayPatch } from './three-way-patch.ts';

/** The annotation in which `kubectl apply` records the manifest. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const CLIENT_SIDE_MANAGER = 'kubectl-client-side-apply';
const SERVER_SIDE_MANAGER = 'kubectl';

const SERVER_SIDE_NEEDS_RIGHTS =
  '--server-side requires the right to create and patch temperatureconverters: only the API server can merge the fields';

/** A resource as it is once a file is applied. */
export interface AppliedManifest {
  readonly resource: TemperatureConverter;
  readonly change: ResourcePlan;
}

/** What applying a file needs. */
export interface ManifestContext {
  /** A client whose writes are dry runs. */
  readonly client: KubeClient;
  /** Whether the user may try to apply the resource. */
  readonly mayApply: boolean;
  readonly apply: ApplyOptions;
  readonly signal: AbortSignal;
}

/**
 * Applies a manifest to the live resource as `kubectl apply` does, as a dry run. Without the right to apply it, the resource
 * is merged and defaulted here, and not validated. Rejects with the ApiError of a refused resource.
 */
export async function applyManifest(
  manifest: Manifest,
  live: TemperatureConverter | undefined,
  context: ManifestContext,
): Promise<AppliedManifest> {
  const { apply, mayApply } = context;
  if (apply.serverSide && !mayApply) throw new Error(SERVER_SIDE_NEEDS_RIGHTS);
  if (apply.serverSide) return planned(live, await applyServerSide(manifest, context), true);
  if (live === undefined) {
    const created = mayApply ? await create(manifest, context) : await defaulted(manifest.object, context);
    return planned(live, created, mayApply);
  }
  const patch = patchOf(manifest, live);
  if (Object.keys(patch).length === 0) return planned(live, live, true);
  return planned(
    live,
    mayApply ? await sendPatch(manifest, patch, context) : await merged(live, patch, context),
    mayApply,
  );
}

function planned(
  live: TemperatureConverter | undefined,
  resource: TemperatureConverter,
  validated: boolean,
): AppliedManifest {
  if (live === undefined) {
    return { resource, change: { action: 'created', diff: diffObjects(resource, undefined, resource), validated } };
  }
  const diff = diffObjects(resource, live, resource);
  return diff === ''
    ? { resource, change: { action: 'unchanged', validated } }
    : { resource, change: { action: 'changed', diff, validated } };
}

function create(
  { object, namespace }: Manifest,
  { client, apply, signal }: ManifestContext,
): Promise<TemperatureConverter> {
  return client.send<TemperatureConverter>(
    {
      method: 'POST',
      path: collectionPath(TEMPERATURE_CONVERTERS, namespace),
      query: queryOf(apply),
      body: object,
    },
    signal,
  );
}

function sendPatch(
  { namespace, name }: Manifest,
  patch: Fields,
  { client, apply, signal }: ManifestContext,
): Promise<TemperatureConverter> {
  return client.send<TemperatureConverter>(
    {
      method: 'PATCH',
      path: objectPath(TEMPERATURE_CONVERTERS, namespace, name),
      query: queryOf(apply),
      body: patch,
      bodyType: 'application/merge-patch+json',
    },
    signal,
  );
}

function applyServerSide(
  { object, namespace, name }: Manifest,
  { client, apply, signal }: ManifestContext,
): Promise<TemperatureConverter> {
  return client.send<TemperatureConverter>(
    {
      method: 'PATCH',
      path: objectPath(TEMPERATURE_CONVERTERS, namespace, name),
      query: { ...queryOf(apply), force: String(apply.forceConflicts) },
      body: object,
      bodyType: 'application/apply-patch+yaml',
    },
    signal,
  );
}

function queryOf({ fieldManager, serverSide }: ApplyOptions): Readonly<Record<string, string>> {
  const usual = serverSide ? SERVER_SIDE_MANAGER : CLIENT_SIDE_MANAGER;
  return { fieldManager: fieldManager ?? usual, fieldValidation: 'Strict' };
}

function patchOf({ object }: Manifest, live: TemperatureConverter): Fields {
  const { status: _status, ...manifest } = object;
  // SAFETY: a resource is a JSON object.
  return computeThreeWayPatch(lastAppliedOf(live), manifest, live as unknown as Fields);
}

function lastAppliedOf({ metadata }: TemperatureConverter): Fields {
  const text = metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return {};
  const { status: _status, ...fields } = asFields(JSON.parse(text));
  return fields;
}

async function merged(
  live: TemperatureConverter,
  patch: Fields,
  context: ManifestContext,
): Promise<TemperatureConverter> {
  const resource = await withDefaults(applyMergePatch(live, patch), context);
  const generation = live.metadata.generation + (isDeepStrictEqual(resource.spec, live.spec) ? 0 : 1);
  return { ...resource, metadata: { ...resource.metadata, generation } };
}

/** A resource that the API server has not seen, with the identity that it would give. */
async function defaulted(object: Fields, context: ManifestContext): Promise<TemperatureConverter> {
  const { status: _status, ...fields } = object;
  const resource = await withDefaults(fields, context);
  const identity = { uid: '<set by the API server>', resourceVersion: '', generation: 1, creationTimestamp: '' };
  return { ...resource, metadata: { ...resource.metadata, ...identity } };
}

async function withDefaults(object: unknown, { client, signal }: ManifestContext): Promise<TemperatureConverter> {
  const setDefaults = await readDefaults(client, signal);
  // SAFETY: not validated, as the plan says.
  return setDefaults(object) as TemperatureConverter;
}

function asFields(value: unknown): Fields {
  return isMap(value) ? value : {};
}
