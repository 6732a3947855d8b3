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
 * Helm's own name: the Job of the chart that runs this completes what Helm leaves undone. Under another name the next
 * `helm install` of a newer chart, by Helm 4, would be refused because of a conflict with it.
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

/** What installing needs. */
export interface CrdInstallerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Installs the CustomResourceDefinition of a YAML file, or brings the cluster's one up to it, and waits until the API
 * server serves it. Rejects with an ApiError when it is refused, and with an Error when it is not served in time.
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
  options.log.info({ crd: name }, 'the API server serves it');
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
    if (refused !== undefined) throw new Error(`the API server does not take its names: ${refused.message ?? ''}`);
    if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    if (clock.monotonicMs() > deadlineMs) throw new Error(`${current.metadata.name} was not established in time`);
    await sleep(clock, POLL_MS, signal);
  }
  signal.throwIfAborted();
}

function parseDefinition(file: string | URL, text: string): CustomResourceDefinition {
  // SAFETY: the kind is checked next; the API server validates the rest.
  const definition = load(text) as Partial<CustomResourceDefinition> | undefined;
  if (definition?.kind !== 'CustomResourceDefinition' || definition.metadata === undefined) {
    throw new Error(`${String(file)} holds no CustomResourceDefinition`);
  }
  return { ...definition, kind: definition.kind, metadata: definition.metadata };
}
