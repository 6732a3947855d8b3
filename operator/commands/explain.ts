import { TEMPERATURE_CONVERTERS, type TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren, type ConverterDefaults, type DesiredChild } from '../children/children.ts';
import type { Difference } from '../../controller-runtime/apply/apply-difference.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { readByName } from '../../controller-runtime/client/write.ts';
import { compareWithLive } from '../../controller-runtime/apply/apply-children.ts';
import { type ConflictingWriter, findConflictingWriter } from '../../controller-runtime/apply/conflicting-writer.ts';
import type { LiveObject, ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { compareGenerations, findObstacle } from '../../controller-runtime/apply/ownership.ts';
import { CHILD_KINDS, CHILDREN } from '../caches.ts';
import { describeResult } from '../status/describe-result.ts';
import { OWNERSHIP } from '../children/ownership-options.ts';

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
  const target = { namespace, name };
  const resource = await readByName<TemperatureConverter>(client, TEMPERATURE_CONVERTERS, target, signal);
  if (resource === undefined) throw new Error(`there is no TemperatureConverter ${name} in namespace ${namespace}`);
  const desired = buildChildren(resource, defaults);
  const children = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const live = await readByName<ReceivedObject>(client, CHILDREN[kind].resource, target, signal);
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

function explainChild(
  resource: TemperatureConverter,
  desired: DesiredChild,
  live: LiveObject | undefined,
): readonly string[] {
  const { kind, metadata } = desired;
  const name = `${kind} ${metadata.name}`;
  if (live === undefined) return [`${name}: is missing and would be created`];
  const obstacle = findObstacle(resource, live, OWNERSHIP);
  if (obstacle !== undefined) {
    const result = describeResult({ kind, name: metadata.name }, obstacle);
    return [`${name}: would be left alone. ${result.type === 'blocked' ? result.message : ''}`];
  }
  const [first, ...others] = compareWithLive(resource, { kind: CHILDREN[kind], desired }, live, OWNERSHIP);
  if (first === undefined) return [`${name}: as desired; nothing to do`];
  const isNewer = compareGenerations(resource, live, OWNERSHIP) === 'older';
  const why = isNewer ? 'the spec has changed' : describeWriter(findConflictingWriter(live, first));
  return [`${name}: would be written (${why}):`, ...[first, ...others].map(describe)];
}

function describeWriter(by: ConflictingWriter): string {
  if (by.type === 'manager') return `changed by field manager "${by.name}"`;
  return by.type === 'unknown' ? 'changed by another writer' : "the operator's defaults have changed";
}

function describe({ path, wanted, found }: Difference): string {
  if (wanted === undefined) return `  ${path}: ${JSON.stringify(found)} would be removed`;
  if (found === undefined) return `  ${path}: ${JSON.stringify(wanted)} would be added`;
  return `  ${path}: ${JSON.stringify(found)} would become ${JSON.stringify(wanted)}`;
}
