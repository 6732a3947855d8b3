import { controllerOf, isControlledBy, type KubernetesObject, type ObjectToApply } from '../object/object.ts';
import { ownsField } from './owned-fields.ts';
import type { Resource } from '../object/resource.ts';
import type { ApplyResult } from './apply-result.ts';
import type { LiveObject } from './live-object.ts';

/** The cached object that owns the applied objects. */
export interface Owner extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation: number };
}

/** How the objects of an owner are identified. */
export interface OwnershipOptions {
  /** The resource of the owners, which are read before an object is adopted. */
  readonly ownerResource: Resource;
  /** The labels that identify the objects of this owner: each object has all of them, and no object of another owner has. */
  readonly labelsOf: (owner: Owner) => Readonly<Record<string, string>>;
  /** The annotation that allows the adoption of an object that others created. Its value is the name of the owner. */
  readonly adoptAnnotation: string;
  /** The annotation with the owner and generation that an object was last written for, as `UID/GENERATION`. */
  readonly ownerGenerationAnnotation: string;
}

/** Returns options with annotations of the owners' API group: `GROUP/adopt` and `GROUP/owner-generation`. */
export function ownershipOptions(ownerResource: Resource, labelsOf: OwnershipOptions['labelsOf']): OwnershipOptions {
  const { group } = ownerResource;
  return {
    ownerResource,
    labelsOf,
    adoptAnnotation: `${group}/adopt`,
    ownerGenerationAnnotation: `${group}/owner-generation`,
  };
}

/**
 * Returns why a live object must not be written: another controller owns it, or it is being deleted. Undefined for the
 * owner's objects, including orphaned ones, and for objects whose annotation allows the adoption.
 */
export function findObstacle(
  owner: Owner,
  live: LiveObject,
  options: OwnershipOptions,
): Extract<ApplyResult, { type: 'nameConflict' | 'terminating' }> | undefined {
  const controller = controllerOf(live);
  const isOwn = controller === undefined ? isAdoptable(owner, live, options) : isControlledBy(live, owner);
  if (!isOwn) return { type: 'nameConflict', controller };
  return live.metadata.deletionTimestamp === undefined ? undefined : { type: 'terminating' };
}

/** Compares the generation that a live object was last written for with the cached owner's; undefined without a record. */
export function compareGenerations(
  owner: Owner,
  live: LiveObject,
  options: OwnershipOptions,
): 'older' | 'same' | 'newer' | undefined {
  const [uid, generation] = recordOf(live, options)?.split('/') ?? [];
  if (uid !== owner.metadata.uid) return undefined;
  const difference = Number(generation) - owner.metadata.generation;
  if (Number.isNaN(difference)) return undefined;
  if (difference === 0) return 'same';
  return difference < 0 ? 'older' : 'newer';
}

/** Adds the record of the owner's generation to a desired object, or copies the record of `live` for a comparison. */
export function withOwnerGeneration(
  owner: Owner,
  desired: ObjectToApply,
  options: OwnershipOptions,
  live?: LiveObject,
): ObjectToApply {
  const { uid, generation } = owner.metadata;
  const recorded = live === undefined ? undefined : recordOf(live, options);
  const record = { [options.ownerGenerationAnnotation]: recorded ?? `${uid}/${generation}` };
  return { ...desired, metadata: { ...desired.metadata, annotations: { ...desired.metadata.annotations, ...record } } };
}

/** Returns the record of an object; undefined if another manager owns the annotation. */
function recordOf(
  { metadata, ownedFields }: LiveObject,
  { ownerGenerationAnnotation: annotation }: OwnershipOptions,
): string | undefined {
  const isOwn = ownsField(ownedFields, ['f:metadata', 'f:annotations', `f:${annotation}`]);
  return isOwn ? metadata.annotations?.[annotation] : undefined;
}

function isAdoptable(owner: Owner, { metadata }: LiveObject, { labelsOf, adoptAnnotation }: OwnershipOptions): boolean {
  if (metadata.annotations?.[adoptAnnotation] === owner.metadata.name) return true;
  return Object.entries(labelsOf(owner)).every(([name, value]) => metadata.labels?.[name] === value);
}
