import { KIND } from '../api/temperature-converter.ts';
import type { ChildKind } from '../children/child.ts';
import type { ChildResult } from './child-result.ts';
import { ADOPT_ANNOTATION } from '../children/labels.ts';
import type { Difference } from '../../controller-runtime/apply/apply-difference.ts';
import { ApiError, type RequestError } from '../../controller-runtime/client/errors.ts';
import type { OwnerReference } from '../../controller-runtime/object/object.ts';
import { type ApplyResult, isUpToDate } from '../../controller-runtime/apply/apply-result.ts';
import type { ConflictingWriter } from '../../controller-runtime/apply/conflicting-writer.ts';
import { classifyFailure, describeForbidden } from './failure.ts';
import { findSpecField } from './spec-field.ts';
import { oneLine } from './words.ts';

/** Limits on the changed fields in a message, and on the characters of each value. */
const MAX_LISTED_FIELDS = 10;
const MAX_VALUE_LENGTH = 100;

/** The name of a child in messages. */
export interface ChildName {
  readonly kind: ChildKind;
  readonly name: string;
}

/** Describes the result of a child: what happened, and what to do. */
export function describeResult(child: ChildName, result: ApplyResult): ChildResult {
  const { kind, name } = child;
  const blocked = (reason: Extract<ChildResult, { type: 'blocked' }>['reason'], message: string): ChildResult => ({
    type: 'blocked',
    kind,
    reason,
    message,
  });
  if (isUpToDate(result)) return { type: 'upToDate', kind };
  if (result.type === 'failed') {
    return blocked(classifyFailure(result.error).reason, describeFailure(child, result.error));
  }
  switch (result.type) {
    case 'changedByAdmission':
      return { type: 'upToDate', kind, note: describeChanges(child, result.changes) };
    case 'contested':
      return blocked('Contested', describeContest(child, result.field, result.by));
    case 'recreated':
      return blocked(
        'Contested',
        `${kind} ${name} is created repeatedly, but the spec does not ask for it. The operator now deletes it only every few seconds. Stop the client that creates it.`,
      );
    case 'nameConflict':
      return blocked(...describeNameConflict(child, result.controller));
    case 'immutable':
      return blocked('NameConflict', describeImmutable(child, result.difference));
    case 'terminating':
      return blocked(
        'ChildTerminating',
        `${kind} ${name} is being deleted. The operator re-creates it once it is deleted.`,
      );
    case 'stale':
      return blocked(
        'ApiUnavailable',
        `${kind} ${name} was applied for a newer generation of this resource. The operator keeps retrying.`,
      );
  }
}

function describeNameConflict(
  { kind, name }: ChildName,
  controller: OwnerReference | undefined,
): readonly ['ChildTerminating' | 'NameConflict', string] {
  if (controller === undefined) {
    return [
      'NameConflict',
      `${kind} ${name} already exists, has no controller and was not created by the operator. The operator does not change it. ` +
        `Delete it, use another name for this resource, or let the operator adopt it: ` +
        `kubectl annotate ${kind.toLowerCase()} ${name} ${ADOPT_ANNOTATION}=${name}`,
    ];
  }
  if (controller.kind === KIND && controller.name === name) {
    return [
      'ChildTerminating',
      `${kind} ${name} belongs to a deleted resource of the same name. The garbage collector deletes it, then the operator re-creates it.`,
    ];
  }
  return [
    'NameConflict',
    `${kind} ${name} already exists and is controlled by ${controller.kind} ${controller.name}. The operator does not change it. Delete it, or use another name for this resource.`,
  ];
}

function describeImmutable({ kind, name }: ChildName, { path, wanted, found }: Difference): string {
  return (
    `${kind} ${name}: ${path} is ${formatValue(found)} but must be ${formatValue(wanted)}, and the field is immutable. ` +
    `Delete the object, and the operator re-creates it: kubectl delete ${kind.toLowerCase()} ${name}`
  );
}

function describeContest({ kind, name }: ChildName, field: string, by: ConflictingWriter): string {
  if (field === '') {
    return `${kind} ${name} is deleted repeatedly. The operator now re-creates it only every few seconds. Stop the client that deletes it.`;
  }
  const { who, advice } = describeWriter(by, findSpecField(kind, field));
  return `${kind} ${name}: ${who} keeps changing ${field}, which the operator manages. The operator now restores it only every few seconds. ${advice}`;
}

function describeWriter(
  by: ConflictingWriter,
  specField: string | undefined,
): { readonly who: string; readonly advice: string } {
  const advice = specField === undefined ? 'Stop that client.' : `Stop that client, or set ${specField}.`;
  switch (by.type) {
    case 'manager':
      return { who: `field manager "${by.name}"`, advice };
    case 'unknown':
      return { who: 'another client', advice };
    case 'sameManager':
      return {
        who: 'another instance of this operator, with another version or other defaults (CONVERTER_IMAGE),',
        advice:
          'Run only one instance for each namespace (WATCH_NAMESPACES), or enable leader election for all of them (LEADER_ELECT).',
      };
  }
}

function describeChanges({ kind, name }: ChildName, changes: readonly Difference[]): string {
  const listed = changes.slice(0, MAX_LISTED_FIELDS).map(({ path, wanted, found }) => {
    if (found === undefined) return `${path} ${formatValue(wanted)} was removed`;
    return wanted === undefined
      ? `${path} became ${formatValue(found)}`
      : `${path} ${formatValue(wanted)} became ${formatValue(found)}`;
  });
  const more = changes.length - listed.length;
  return `${kind} ${name}: ${listed.join(', ')}${more > 0 ? `, and ${more} more` : ''}.`;
}

function describeFailure({ kind, name }: ChildName, error: RequestError): string {
  const { reason, advice } = classifyFailure(error);
  // The same message for each child, so that the status stays the same while the namespace's children disappear.
  if (reason === 'NamespaceTerminating') return advice;
  const missing = reason === 'Forbidden' && error instanceof ApiError ? describeForbidden(error) : undefined;
  return `${kind} ${name}: ${missing ?? oneLine(causeOf(error))}. ${advice}`;
}

function causeOf(error: RequestError): string {
  return error instanceof ApiError ? (error.status.message ?? error.message) : String(error);
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'unset';
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}
