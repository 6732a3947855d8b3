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

/** The result of applying one object, as data: the caller formulates messages. */
export type ApplyResult =
  | UpToDate
  /** The object was applied, and admission plug-ins changed these fields in the same write. */
  | {
      readonly type: 'changedByAdmission';
      readonly changes: readonly Difference[];
      /** The milliseconds after which the object is written again. */
      readonly retryAfterMs: number;
    }
  /** Another writer keeps changing this field, or deleting the object if `field` is empty. Its repairs are delayed. */
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
  /** The object differs in an immutable field. */
  | { readonly type: 'immutable'; readonly difference: Difference }
  /** The object is being deleted. */
  | { readonly type: 'terminating' }
  /** The cached owner is older than the one that its objects were last written for. Nothing was written. */
  | { readonly type: 'stale' }
  /** A write, or a read before it, failed. */
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
