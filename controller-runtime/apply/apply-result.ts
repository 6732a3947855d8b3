import type { Difference } from './apply-difference.ts';
import type { RequestError } from '../client/errors.ts';
import type { OwnerReference } from '../object/object.ts';
import type { ConflictingWriter } from './conflicting-writer.ts';

/** What became of one object of an owner. */
export interface AppliedChild<Kind extends string = string> {
  readonly kind: Kind;
  readonly name: string;
  readonly result: ApplyResult;
}

/** An object is as desired. */
export type UpToDate =
  /** Without a write or after one; `updated` for another generation of the owner, `deleted` because it is unwanted. */
  | { readonly type: 'unchanged' | 'created' | 'updated' | 'adopted' | 'deleted' }
  /** Another writer had changed these fields. */
  | { readonly type: 'repaired'; readonly fields: readonly string[]; readonly by: ConflictingWriter };

/** What became of one object that was to be applied: data, which the caller puts into words. */
export type ApplyResult =
  | UpToDate
  /** It was applied, and admission plug-ins changed these fields in that very write. */
  | {
      readonly type: 'changedByAdmission';
      readonly changes: readonly Difference[];
      /** After that time it is worth another write, in milliseconds. */
      readonly retryAfterMs: number;
    }
  /** A field of it keeps being changed (the object keeps being deleted where the field is empty); its repairs are delayed. */
  | {
      readonly type: 'contested';
      readonly field: string;
      readonly by: ConflictingWriter;
      readonly retryAfterMs: number;
    }
  /** It is unwanted, and another writer creates it again and again; its deletion is delayed. */
  | { readonly type: 'recreated'; readonly retryAfterMs: number }
  /** There is an object of its name that is not the owner's; `controller` is what controls that, if anything does. */
  | { readonly type: 'nameConflict'; readonly controller: OwnerReference | undefined }
  /** It differs in a field that the API does not allow to change. */
  | { readonly type: 'immutable'; readonly difference: Difference }
  /** It is being deleted. */
  | { readonly type: 'terminating' }
  /** The owner is older in the cache than what its objects were last written for: nothing was written. */
  | { readonly type: 'stale' }
  /** A write, or a read that it needs, failed. */
  | { readonly type: 'failed'; readonly error: RequestError };

const UP_TO_DATE: ReadonlySet<ApplyResult['type']> = new Set([
  'unchanged',
  'created',
  'updated',
  'adopted',
  'deleted',
  'repaired',
]);

/** Says whether an object is as desired. */
export function isUpToDate(result: ApplyResult): result is UpToDate {
  return UP_TO_DATE.has(result.type);
}
