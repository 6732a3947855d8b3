import { isDeepStrictEqual } from 'node:util';
import type { TemperatureConverter } from './api/temperature-converter.ts';
import { keyOf, type KubernetesObject, type ObjectKey } from '../controller-runtime/object/object.ts';
import type { StoreChange } from '../controller-runtime/cache/object-store.ts';
import { CHILD_KINDS, type Caches, converterKeyOfPod } from './caches.ts';

/** Asks for a reconcile of a resource, and says what for. */
export type Wake = (key: ObjectKey, cause: string) => void;

/** Wires the caches to the queue: says which change of which object wakes which resource. */
export function wakeOnChanges(caches: Caches, wake: Wake): void {
  const { converters, children, pods } = caches;
  converters.onChange((change) => {
    const cause = causeInConverter(change);
    if (cause !== undefined) wake(keyOf(change.object), cause);
  });
  for (const kind of CHILD_KINDS) {
    // A child has its resource's name, and so has what stands in a child's way.
    children[kind].onChange((change) => {
      const key = keyOf(change.object);
      if (isWorthLooking(change) && converters.get(key) !== undefined) wake(key, `${kind} ${change.type}`);
    });
  }
  pods.onChange((change) => {
    const key = converterKeyOfPod(change.object);
    if (key !== undefined && isWorthLooking(change) && converters.get(key) !== undefined) {
      wake(key, `Pod ${change.type}`);
    }
  });
}

function causeInConverter(change: StoreChange<TemperatureConverter>): string | undefined {
  if (change.type !== 'updated') return `TemperatureConverter ${change.type}`;
  const { object, previous } = change;
  if (object.metadata.uid !== previous.metadata.uid) return 'TemperatureConverter replaced';
  if (object.metadata.generation !== previous.metadata.generation) return 'spec changed';
  if (object.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp) return 'deletion requested';
  return isDeepStrictEqual(object.status, previous.status) ? undefined : 'status changed';
}

/** An update that changes nothing that the cache keeps wakes nobody. */
function isWorthLooking<T extends KubernetesObject>(change: StoreChange<T>): boolean {
  return (
    change.type !== 'updated' || !isDeepStrictEqual(withoutVersion(change.object), withoutVersion(change.previous))
  );
}

function withoutVersion(object: KubernetesObject): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}
