import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { deleteVersion } from '../client/write.ts';
import { isControlledBy, objectKey, type ObjectKey } from '../object/object.ts';
import type { ApplyResult } from './apply-result.ts';
import type { LiveObject } from './live-object.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';
import { compareGenerations, type Owner, type OwnershipOptions } from './ownership.ts';
import type { RepairLimiter } from './repair-limiter.ts';
import type { AppliedKind } from './write-object.ts';

/** An object that an owner must not have, such as one that its spec no longer asks for. */
export interface UnwantedChild<Kind extends string = string> {
  readonly kind: AppliedKind<Kind>;
  readonly unwanted: { readonly namespace?: string | undefined; readonly name: string };
}

/** What a deletion needs. */
export interface DeletionContext {
  readonly client: KubeClient;
  readonly limiter: RepairLimiter<ConflictingWriter>;
  readonly ownership: OwnershipOptions;
}

/** The field under which the limiter counts that an object was created or deleted. */
export const EXISTENCE = '';

const UNKNOWN_WRITER: ConflictingWriter = { type: 'unknown' };

/** The key of an unwanted object. */
export function keyOfUnwanted({ unwanted: { namespace, name } }: UnwantedChild): ObjectKey {
  return objectKey(namespace, name);
}

/** Whether an unwanted object is to be deleted: its owner controls it, and it is not being deleted. */
export function isToDelete(owner: Owner, live: LiveObject | undefined): live is LiveObject {
  return live !== undefined && isControlledBy(live, owner) && live.metadata.deletionTimestamp === undefined;
}

/**
 * Deletes the cached version of an object that its owner controls and must not have. An object that the owner does not
 * control stays. Rejects with a 409 ApiError if the object has changed or was re-created.
 */
export async function deleteUnwanted(
  owner: Owner,
  child: UnwantedChild,
  name: string,
  { client, limiter, ownership }: DeletionContext,
): Promise<ApplyResult> {
  const live = child.kind.store.get(keyOfUnwanted(child));
  if (!isToDelete(owner, live)) return resultWithout(name, limiter);
  if (compareGenerations(owner, live, ownership) === 'older') {
    limiter.forget(name);
  } else {
    const retryAfterMs = limiter.waitMs(name, [EXISTENCE]);
    if (retryAfterMs > 0) {
      limiter.contest(name, EXISTENCE, UNKNOWN_WRITER);
      return { type: 'recreated', retryAfterMs };
    }
    limiter.note(name, [EXISTENCE]);
  }
  try {
    await deleteVersion(client, child.kind.resource, { ...child.unwanted, version: live.metadata });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 404)) throw error;
  }
  return { type: 'deleted' };
}

/** The result while the object does not exist: another writer that keeps creating it is reported until it stops. */
function resultWithout(name: string, limiter: RepairLimiter<ConflictingWriter>): ApplyResult {
  const contested = limiter.contested(name);
  return contested === undefined ? { type: 'unchanged' } : { type: 'recreated', retryAfterMs: contested.remainingMs };
}
