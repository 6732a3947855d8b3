import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { objectPath, type Resource } from '../../controller-runtime/object/resource.ts';
import { type Clock, sleep } from '../../controller-runtime/clock/clock.ts';
import type { Logger } from '../../controller-runtime/logger/logger.ts';

const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
};
/**
 * The field manager of Helm: the chart's Job upgrades the definition, which Helm does not. With another name, the next
 * `helm install` of a newer chart with Helm 4 fails with an apply conflict.
 */
const FIELD_MANAGER = 'helm';
const POLL_MS = 250;
const ESTABLISH_TIMEOUT_MS = 60_000;

interface CustomResourceDefinition {
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Options of `applyCrd`. */
export interface CrdInstallerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Creates or updates the CustomResourceDefinition of a YAML file, and waits until it is established. Rejects with an
 * ApiError if the API server rejects it, and with an Error if it is not established within 60 seconds.
 */
export async function applyCrd(file: string | URL, options: CrdInstallerOptions, signal: AbortSignal): Promise<void> {
  const definition = parseDefinition(file, await readFile(file, 'utf8'));
  const { name } = definition.metadata;
  const path = objectPath(CUSTOM_RESOURCE_DEFINITIONS, undefined, name);
  await options.client.send(
    {
      method: 'PATCH',
      path,
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      body: definition,
      bodyType: 'application/apply-patch+yaml',
    },
    signal,
  );
  options.log.info({ crd: name }, 'applied the CustomResourceDefinition');
  await waitUntilEstablished(path, options, signal);
  options.log.info({ crd: name }, 'the CustomResourceDefinition is established');
}

async function waitUntilEstablished(
  path: string,
  { client, clock }: CrdInstallerOptions,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + ESTABLISH_TIMEOUT_MS;
  while (!signal.aborted) {
    const current = await client.send<CustomResourceDefinition>({ method: 'GET', path }, signal);
    const conditions = current.status?.conditions ?? [];
    const refused = conditions.find(({ type, status }) => type === 'NamesAccepted' && status === 'False');
    if (refused !== undefined)
      throw new Error(
        `the names of CustomResourceDefinition ${current.metadata.name} are not accepted: ${refused.message ?? ''}`,
      );
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (clock.monotonicMs() > deadlineMs)
      throw new Error(`CustomResourceDefinition ${current.metadata.name} was not established within 60 seconds`);
    await sleep(clock, POLL_MS, signal);
  }
  signal.throwIfAborted();
}

function parseDefinition(file: string | URL, text: string): CustomResourceDefinition {
  // SAFETY: the kind is checked next; the API server validates the rest.
  const definition = load(text) as Partial<CustomResourceDefinition> | undefined;
  if (definition?.kind !== 'CustomResourceDefinition' || definition.metadata === undefined) {
    throw new Error(`${String(file)} does not contain a CustomResourceDefinition`);
  }
  return { ...definition, kind: definition.kind, metadata: definition.metadata };
}
