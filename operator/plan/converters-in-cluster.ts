import { TEMPERATURE_CONVERTERS, type TemperatureConverter } from '../api/temperature-converter.ts';
import { CHILD_KINDS, CHILDREN } from '../caches.ts';
import type { ChildKind } from '../children/child.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { readByName } from '../../controller-runtime/client/write.ts';
import { keyOf } from '../../controller-runtime/object/object.ts';
import { Cursor, listInOrder } from './ordered-list.ts';
import type { Subject } from './plan-converter.ts';

/** A resource and its children, and how many resources follow. */
export interface ListedSubject {
  readonly subject: Subject;
  readonly remaining: number;
}

/** Lists all resources with their children, of one namespace or of all. Holds one page of each resource at a time. */
export async function* listConverters(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ListedSubject> {
  const cursors = CHILD_KINDS.map((kind) => {
    const { resource } = CHILDREN[kind];
    return [kind, new Cursor<ReceivedObject>(listInOrder({ client, resource, namespace }, signal))] as const;
  });
  const listing = { client, resource: TEMPERATURE_CONVERTERS, namespace };
  for await (const { object: resource, remaining } of listInOrder<TemperatureConverter>(listing, signal)) {
    const key = keyOf(resource);
    const found = await Promise.all(cursors.map(async ([kind, cursor]) => [kind, await cursor.find(key)] as const));
    yield { subject: { resource, children: childrenOf(found) }, remaining };
  }
}

/** Reads a resource; resolves to undefined if it does not exist. */
export function readConverter(
  client: KubeClient,
  target: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<TemperatureConverter | undefined> {
  return readByName<TemperatureConverter>(client, TEMPERATURE_CONVERTERS, target, signal);
}

/** Reads the objects that have the names of a resource's children. */
export async function readChildren(
  client: KubeClient,
  target: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Subject['children']> {
  const read = async (kind: ChildKind): Promise<readonly [ChildKind, ReceivedObject | undefined]> => [
    kind,
    await readByName<ReceivedObject>(client, CHILDREN[kind].resource, target, signal),
  ];
  return childrenOf(await Promise.all(CHILD_KINDS.map(read)));
}

function childrenOf(found: readonly (readonly [ChildKind, ReceivedObject | undefined])[]): Subject['children'] {
  return Object.fromEntries(found.filter(([, object]) => object !== undefined));
}
