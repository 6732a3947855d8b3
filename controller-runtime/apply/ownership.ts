import { controllerOf, isControlledBy, type KubernetesObject, type ObjectToApply } from '../object/object.ts';
import { ownsField } from './owned-fields.ts';
import type { Resource } from '../object/resource.ts';
import type { ApplyResult } from './apply-result.ts';
import type { LiveObject } from './live-object.ts';

/** The object that the applied ones belong to, as the cache has it. */
export interface Owner extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation: number };
}

/** By what an owner's objects are recognized. */
export interface OwnershipOptions {
  /** Where owners are read before an object is adopted. */
  readonly ownerResource: Resource;
  /** The labels that are all on each object of that owner, and never on an object of another. */
  readonly labelsOf: (owner: Owner) => Readonly<Record<string, string>>;
  /** The annotation by which an object of another creator consents to be adopted: it names the owner. */
  readonly adoptAnnotation: string;
  /** The annotation that records for which owner and generation an object was last written, as `UID/GENERATION`. */
  readonly ownerGenerationAnnotation: string;
}

/** Options with annotations of the owners' API group: `GROUP/adopt` and `GROUP/owner-generation`. */
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
 * What forbids to write to a live object: it belongs to something else, or is being deleted. Undefined for the owner's
 * objects, for those of them that have lost their controller, and for those that consent to be adopted.
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

/** How the generation that a live object was last written for compares with the cached owner's; undefined without a record. */
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

/** The desired object with the record of the owner's generation; with that of a live object, if given, so as to compare the two. */
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

/** What an object records; undefined where another manager has written that. */
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
