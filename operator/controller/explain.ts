import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren, type ConverterDefaults, type DesiredChild } from '../domain/children.ts';
import type { Difference } from '../kube/apply-difference.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubernetesObject, ObjectList } from '../kube/object.ts';
import { collectionPath, type Resource } from '../kube/resource.ts';
import type { CachedChild, ReceivedObject } from './cached-child.ts';
import { CHILD_KINDS, CHILDREN, TEMPERATURE_CONVERTERS } from './caches.ts';
import { allDifferences, planChild } from './plan-child.ts';

/** What explaining needs. */
export interface ExplainOptions {
  readonly client: KubeClient;
  readonly defaults: ConverterDefaults;
}

/**
 * Tells, for people, what the operator would do for a resource now, and why; reads, and writes nothing. Rejects with an
 * Error when there is no such resource, and as KubeClient does.
 */
export async function explain(
  { namespace, name }: { namespace: string; name: string },
  { client, defaults }: ExplainOptions,
  signal?: AbortSignal,
): Promise<string> {
  const find = <T extends KubernetesObject>(of: Resource): Promise<T | undefined> =>
    findByName<T>(client, of, { namespace, name }, signal);
  const resource = await find<TemperatureConverter>(TEMPERATURE_CONVERTERS);
  if (resource === undefined) throw new Error(`there is no TemperatureConverter ${name} in namespace ${namespace}`);
  const desired = buildChildren(resource, defaults);
  const children = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const live = await find<ReceivedObject>(CHILDREN[kind].resource);
      return explainChild(resource, desired[kind], live === undefined ? undefined : CHILDREN[kind].trim(live));
    }),
  );
  const conditions = (resource.status?.conditions ?? []).map(
    ({ type, status, reason, message }) => `  ${type}=${status} (${reason}): ${message}`,
  );
  return [`TemperatureConverter ${namespace}/${name}`, ...conditions, ...untouched(resource), ...children.flat()].join(
    '\n',
  );
}

function untouched({ metadata, spec }: TemperatureConverter): readonly string[] {
  if (metadata.deletionTimestamp !== undefined)
    return ['It is being deleted: the operator does nothing of what follows.'];
  return spec.paused ? ['It is paused: the operator does nothing of what follows.'] : [];
}

function explainChild(resource: TemperatureConverter, desired: DesiredChild, live: CachedChild | undefined): string[] {
  const name = `${desired.kind} ${desired.metadata.name}`;
  const plan = planChild(resource, desired, live);
  switch (plan.type) {
    case 'keep':
      return [`${name}: as desired; nothing to do`];
    case 'create':
      return [`${name}: is missing and would be created`];
    case 'leave':
      return [`${name}: would be left alone. ${plan.why.message}`];
    case 'update': {
      const other = plan.live.otherManagers?.at(-1);
      const drift =
        other === undefined ? "the operator's defaults have changed" : `changed by field manager "${other}"`;
      const why = plan.isDrift ? drift : 'the spec has changed';
      return [`${name}: would be written (${why}):`, ...[...allDifferences(desired, plan.live)].map(describe)];
    }
  }
}

function describe({ path, wanted, found }: Difference): string {
  if (wanted === undefined) return `  ${path}: ${JSON.stringify(found)} would be removed`;
  if (found === undefined) return `  ${path}: ${JSON.stringify(wanted)} would be added`;
  return `  ${path}: ${JSON.stringify(found)} would become ${JSON.stringify(wanted)}`;
}

/** Reads one object by a list of one, since the operator's account may list and need not get. */
async function findByName<T extends KubernetesObject>(
  client: KubeClient,
  resource: Resource,
  { namespace, name }: { namespace: string; name: string },
  signal?: AbortSignal,
): Promise<T | undefined> {
  const path = collectionPath(resource, namespace);
  const query = { fieldSelector: `metadata.name=${name}` };
  const list: ObjectList<T> = await client.send({ method: 'GET', path, query }, signal);
  return list.items[0];
}
