import { KIND } from '../api/temperature-converter.ts';
import { ADOPT_ANNOTATION, FIELD_MANAGER, MANAGED_BY, MANAGED_BY_LABEL } from './labels.ts';
import type { ObservedCondition } from '../status/observation.ts';
import { controllerOf, type KubernetesObject, type ObjectMetadata } from '../../controller-runtime/object/object.ts';
import { type LiveObject, type ReceivedObject, toLiveObject } from '../../controller-runtime/apply/live-object.ts';

/**
 * Cuts a received Deployment, Service or autoscaler down to what the cache keeps; `trimStatus` picks what is read of the
 * status. Of an object that is none of the operator's it keeps only the name and the owners: its sole use is to be in the way.
 */
export function trimChild(object: ReceivedObject, trimStatus: (status: object) => object): LiveObject {
  if (!isOwn(object)) return { metadata: stubOf(object.metadata) };
  const live = toLiveObject(object, FIELD_MANAGER);
  return live.status === undefined ? live : { ...live, status: trimStatus(live.status) };
}

/** Says whether an object is controlled by a TemperatureConverter, or may be adopted by one. */
function isOwn(object: KubernetesObject): boolean {
  const controller = controllerOf(object);
  if (controller !== undefined) return controller.kind === KIND;
  const { labels, annotations } = object.metadata;
  return labels?.[MANAGED_BY_LABEL] === MANAGED_BY || annotations?.[ADOPT_ANNOTATION] !== undefined;
}

function stubOf({ name, namespace, uid, resourceVersion, ownerReferences }: ObjectMetadata): ObjectMetadata {
  return { name, namespace, uid, resourceVersion, ...(ownerReferences === undefined ? {} : { ownerReferences }) };
}

/** Keeps a status' conditions, without their times, and the fields of those names. */
export function pickStatus(...names: readonly string[]): (status: object) => object {
  return (status) => {
    // SAFETY: a status is a JSON object, and `conditions` has one form in every kind.
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
