import { KIND } from '../api/temperature-converter.ts';
import { ADOPT_ANNOTATION, FIELD_MANAGER, MANAGED_BY, MANAGED_BY_LABEL } from './labels.ts';
import type { ObservedCondition } from '../status/observation.ts';
import { controllerOf, type KubernetesObject, type ObjectMetadata } from '../../controller-runtime/object/object.ts';
import { type LiveObject, type ReceivedObject, toLiveObject } from '../../controller-runtime/apply/live-object.ts';

/**
 * Reduces a received Deployment, Service or autoscaler to the fields that the cache keeps; `trimStatus` selects those of the
 * status. `replaced` is the path of what a patch of the
 * operator may own. For an object that the operator neither owns nor may adopt, only the metadata that a name conflict needs remains.
 */
export function trimChild(
  object: ReceivedObject,
  trimStatus: (status: object) => object,
  replaced?: readonly string[],
): LiveObject {
  if (!isOwn(object)) return { metadata: stubOf(object.metadata) };
  const live = toLiveObject(object, FIELD_MANAGER, replaced);
  return live.status === undefined ? live : { ...live, status: trimStatus(live.status) };
}

/** Whether a TemperatureConverter controls an object, or may adopt it. */
function isOwn(object: KubernetesObject): boolean {
  const controller = controllerOf(object);
  if (controller !== undefined) return controller.kind === KIND;
  const { labels, annotations } = object.metadata;
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY || annotations?.[ADOPT_ANNOTATION] !== undefined;
}

function stubOf({ name, namespace, uid, resourceVersion, ownerReferences }: ObjectMetadata): ObjectMetadata {
  return { name, namespace, uid, resourceVersion, ...(ownerReferences === undefined ? {} : { ownerReferences }) };
}

/** Returns a function that keeps the named fields of a status, and its conditions without their times. */
export function pickStatus(...names: readonly string[]): (status: object) => object {
  return (status) => {
    // SAFETY: a status is a JSON object, and `conditions` has the same shape in every kind.
    const fields = status as Readonly<Record<string, unknown>> & { conditions?: readonly ObservedCondition[] };
    const picked = names.filter((name) => name in fields).map((name) => [name, fields[name]] as const);
    const conditions = fields.conditions?.map(trimCondition);
    return { ...Object.fromEntries(picked), ...(conditions === undefined ? {} : { conditions }) };
  };
}

function trimCondition({ type, status, reason, message }: ObservedCondition): ObservedCondition {
  return {
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}
