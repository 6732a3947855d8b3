import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../client/client.ts';
import type { CacheView, Manager } from '../manager/manager.ts';
import { keyOf, type KubernetesObject, type ObjectList } from '../object/object.ts';
import { collectionPath } from '../object/resource.ts';
import { eventually } from './eventually.ts';

/** The manager to wait for. `client` reads the objects in the API server, in the namespaces that the manager watches. */
export interface UntilIdleOptions {
  readonly client: KubeClient;
  /** Empty or undefined for all. */
  readonly namespaces?: readonly string[];
  /** Plural names of resources whose caches may be behind, such as those whose watch events a test holds back. */
  readonly except?: readonly string[];
  readonly deadlineMs?: number;
}

/**
 * Resolves once the caches of a manager match the API server and its controllers are idle until the next change or retry.
 * Rejects at the deadline, by default after 30 s.
 */
export async function untilIdle(manager: Manager, options: UntilIdleOptions): Promise<void> {
  if (!manager.isRunning) throw new Error('the manager does not run');
  await eventually(async () => {
    const before = await progressOf(manager);
    const caches = manager.caches.filter(({ resource }) => options.except?.includes(resource.plural) !== true);
    await Promise.all(caches.map((cache) => expectUpToDate(cache, options)));
    const after = await progressOf(manager);
    const isIdle = after.queued + after.reconciling === 0 && after.requests === before.requests;
    if (!isIdle) throw new Error(`the manager is not idle: ${JSON.stringify({ before, after })}`);
  }, options.deadlineMs);
}

/** The completed and the pending work of a manager. */
async function progressOf({
  recorder,
  registry,
}: Manager): Promise<Readonly<Record<'requests' | 'queued' | 'reconciling', number>>> {
  await recorder.flush();
  const sumOf = async (name: string): Promise<number> => {
    const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  const [requests, queued, reconciling] = await Promise.all(
    ['rest_client_requests_total', 'workqueue_depth', 'controller_runtime_active_workers'].map(sumOf),
  );
  return { requests: requests ?? 0, queued: queued ?? 0, reconciling: reconciling ?? 0 };
}

async function expectUpToDate(cache: CacheView, { client, namespaces = [] }: UntilIdleOptions): Promise<void> {
  const { resource, labelSelector } = cache;
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  const query = labelSelector === undefined ? {} : { labelSelector };
  const lists = await Promise.all(
    scopes.map((namespace) => {
      const path = collectionPath(resource, namespace);
      return client.send<ObjectList<KubernetesObject>>({ method: 'GET', path, query });
    }),
  );
  const present = versionsOf(lists.flatMap(({ items }) => items));
  const cached = versionsOf([...cache.list()]);
  if (!isDeepStrictEqual(cached, present)) {
    throw new Error(`the cache of ${resource.plural} has ${JSON.stringify(cached)}, not ${JSON.stringify(present)}`);
  }
}

function versionsOf(objects: readonly KubernetesObject[]): Readonly<Record<string, string>> {
  return Object.fromEntries(objects.map((object) => [keyOf(object), object.metadata.resourceVersion]));
}
