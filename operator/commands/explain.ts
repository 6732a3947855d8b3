import { TEMPERATURE_CONVERTERS, type TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren, type ConverterDefaults, type DesiredChild } from '../children/children.ts';
import type { Difference } from '../../controller-runtime/apply/apply-difference.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { readByName } from '../../controller-runtime/client/write.ts';
import { compareWithLive } from '../../controller-runtime/apply/decide.ts';
import { type ConflictingWriter, findConflictingWriter } from '../../controller-runtime/apply/conflicting-writer.ts';
import type { LiveObject, ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { compareGenerations, findObstacle } from '../../controller-runtime/apply/ownership.ts';
import { CHILD_KINDS, CHILDREN } from '../caches.ts';
import { describeResult } from '../status/describe-result.ts';
import type { ChildKind } from '../children/child.ts';
import { isControlledBy } from '../../controller-runtime/object/object.ts';
import { OWNERSHIP } from '../children/ownership-options.ts';

/** Options of `explain`. */
export interface ExplainOptions {
  readonly client: KubeClient;
  readonly defaults: ConverterDefaults;
}

/**
 * Describes what the operator would do for a resource now, and why. Only reads from the API server. Rejects with an Error
 * if the resource does not exist, and with the errors of KubeClient.
 */
export async function explain(
  { namespace, name }: { namespace: string; name: string },
  { client, defaults }: ExplainOptions,
  signal?: AbortSignal,
): Promise<string> {
  const target = { namespace, name };
  const resource = await readByName<TemperatureConverter>(client, TEMPERATURE_CONVERTERS, target, signal);
  if (resource === undefined) throw new Error(`TemperatureConverter ${namespace}/${name} does not exist`);
  const desired = buildChildren(resource, defaults);
  const children = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const live = await readByName<ReceivedObject>(client, CHILDREN[kind].resource, target, signal);
      const child = live === undefined ? undefined : CHILDREN[kind].trim(live);
      const wanted = desired[kind];
      return wanted === undefined ? explainUnwanted(resource, kind, child) : explainChild(resource, wanted, child);
    }),
  );
  const conditions = (resource.status?.conditions ?? []).map(
    ({ type, status, reason, message }) => `  ${type}=${status} (${reason}): ${message}`,
  );
  return [
    `TemperatureConverter ${namespace}/${name}`,
    ...conditions,
    ...explainSkip(resource),
    ...children.flat(),
  ].join('\n');
}

function explainSkip({ metadata, spec }: TemperatureConverter): readonly string[] {
  if (metadata.deletionTimestamp !== undefined)
    return ['The resource is being deleted: the operator makes none of the changes below.'];
  return spec.paused
    ? ['Reconciliation is paused (spec.paused is true): the operator makes none of the changes below.']
    : [];
}

function explainChild(
  resource: TemperatureConverter,
  desired: DesiredChild,
  live: LiveObject | undefined,
): readonly string[] {
  const { kind, metadata } = desired;
  const name = `${kind} ${metadata.name}`;
  if (live === undefined) return [`${name}: does not exist and would be created`];
  const obstacle = findObstacle(resource, live, OWNERSHIP);
  if (obstacle !== undefined) {
    const result = describeResult({ kind, name: metadata.name }, obstacle);
    return [`${name}: would not be changed. ${result.type === 'blocked' ? result.message : ''}`];
  }
  const [first, ...others] = compareWithLive(resource, { kind: CHILDREN[kind], desired }, live, OWNERSHIP);
  if (first === undefined) return [`${name}: up to date; no change`];
  const isNewer = compareGenerations(resource, live, OWNERSHIP) === 'older';
  const why = isNewer ? 'the spec changed' : describeWriter(findConflictingWriter(live, first));
  return [`${name}: would be updated (${why}):`, ...[first, ...others].map(describe)];
}

function explainUnwanted(
  resource: TemperatureConverter,
  kind: ChildKind,
  live: LiveObject | undefined,
): readonly string[] {
  return live === undefined || !isControlledBy(live, resource)
    ? []
    : [`${kind} ${live.metadata.name}: would be deleted, because the spec does not ask for it`];
}

function describeWriter(by: ConflictingWriter): string {
  if (by.type === 'manager') return `changed by field manager "${by.name}"`;
  return by.type === 'unknown' ? 'changed by another client' : "the operator's defaults changed";
}

function describe({ path, wanted, found }: Difference): string {
  if (wanted === undefined) return `  ${path}: ${JSON.stringify(found)} would be removed`;
  if (found === undefined) return `  ${path}: ${JSON.stringify(wanted)} would be added`;
  return `  ${path}: ${JSON.stringify(found)} would become ${JSON.stringify(wanted)}`;
}
