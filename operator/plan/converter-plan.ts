import type { ChildKind } from '../children/child.ts';
import type { ChildResult } from '../status/child-result.ts';

/** What happens to a converter. */
export type Outcome = 'created' | 'changed' | 'unchanged' | 'blocked' | 'paused' | 'deleting' | 'failed';

/** What happens to an object. */
export type Action = 'created' | 'changed' | 'adopted' | 'unchanged' | 'blocked' | 'deleted';

/** The plan of one TemperatureConverter. Documented in docs/plan.md: a change of this shape is a change of the format. */
export interface ConverterPlan {
  readonly namespace: string;
  readonly name: string;
  /** The file of the resource, with -f. */
  readonly source?: string;
  readonly outcome: Outcome;
  readonly replacesPods: boolean;
  /** Why the operator changes nothing, or what failed. */
  readonly message?: string;
  /** What applying the file does to the resource itself, with -f. */
  readonly resource?: ResourcePlan;
  readonly children: readonly ChildReport[];
}

/** What applying a file does to a TemperatureConverter. */
export interface ResourcePlan {
  readonly action: Extract<Action, 'created' | 'changed' | 'unchanged'>;
  readonly diff?: string;
  /** Whether the API server has validated it. */
  readonly validated: boolean;
}

/** The plan of one child. */
export interface ChildReport {
  readonly kind: ChildKind;
  readonly name: string;
  readonly action: Action;
  /** Why it is blocked: a reason of the condition Reconciled. */
  readonly reason?: Extract<ChildResult, { type: 'blocked' }>['reason'];
  readonly message?: string;
  readonly fields: readonly PlannedField[];
  /** A unified diff in YAML. */
  readonly diff?: string;
  readonly consequences: readonly string[];
  readonly replacesPods: boolean;
  /** Whether clients of a Service need another address. */
  readonly changesAddress: boolean;
  /** Whether the API server, with its admission plug-ins, has tried the write. */
  readonly tried: boolean;
}

/** A field that changes. */
export interface PlannedField {
  readonly path: string;
  /** The present value; absent if the field is added. */
  readonly from?: unknown;
  /** The planned value; absent if the field is removed. */
  readonly to?: unknown;
  /** Who set the present value; absent if nothing is known of it. */
  readonly setBy?: FieldOrigin;
}

/** The field manager that owns a value, and when it last wrote the object. */
export interface FieldOrigin {
  readonly manager: string;
  readonly operation: string;
  readonly time?: string;
}
