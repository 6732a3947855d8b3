import type { FieldEntry, MergeTable, TypeEntry } from '../../controller-runtime/apply/merge-table.ts';
import { type Fields, isMap } from '../../controller-runtime/apply/json.ts';

/** An object as it was applied, and as the API server defaulted it. */
export interface CompletedObject {
  readonly sent: { readonly apiVersion: string; readonly kind: string };
  readonly received: object;
}

/** The API server's defaults by type and field. */
export type Defaults = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

interface Schema {
  readonly kinds: MergeTable['kinds'];
  readonly types: ReadonlyMap<string, TypeEntry>;
}

/** A value as it was sent and as it was received, and whether it is inside an atomic value. */
interface Completed<T> {
  readonly sent: T;
  readonly received: T;
  readonly isInOneValue: boolean;
}

/**
 * Finds the API server's defaults inside atomic values. Throws an Error if a field of a type has two different
 * defaults.
 */
export function findDefaults({ kinds, types }: Schema, objects: readonly CompletedObject[]): Defaults {
  const defaults = new Map<string, Map<string, unknown>>();
  for (const { sent, received } of objects) {
    const type = kinds[sent.apiVersion]?.[sent.kind];
    if (type === undefined)
      throw new Error(`the API server does not support applying ${sent.kind} of ${sent.apiVersion}`);
    // SAFETY: both are JSON objects.
    const completed = { sent: sent as unknown as Fields, received: received as Fields, isInOneValue: false };
    for (const [struct, field, value] of filledInStruct(type, completed, types)) {
      const known = defaults.get(struct) ?? new Map<string, unknown>();
      const before = known.get(field) ?? value;
      if (JSON.stringify(before) !== JSON.stringify(value)) {
        const both = `${JSON.stringify(before)} and ${JSON.stringify(value)}`;
        throw new Error(`the API server has two defaults, ${both}, for ${field} of ${struct}`);
      }
      defaults.set(struct, known.set(field, value));
    }
  }
  return defaults;
}

type Types = Schema['types'];
type FilledIn = readonly [type: string, field: string, value: unknown];

function* filledInStruct(type: string, completed: Completed<Fields>, types: Types): Generator<FilledIn> {
  const { sent, received, isInOneValue } = completed;
  for (const [name, value] of Object.entries(received)) {
    const field = types.get(type)?.fields?.[name] ?? {};
    if (sent[name] !== undefined) {
      yield* filledInValue(field, { sent: sent[name], received: value, isInOneValue }, types);
    } else if (isInOneValue && !isNothing(field, value)) {
      yield [type, name, value];
    }
  }
}

function* filledInValue(field: FieldEntry, completed: Completed<unknown>, types: Types): Generator<FilledIn> {
  const { sent, received, isInOneValue } = completed;
  if (isMap(sent) && isMap(received)) {
    const isOneValue = isInOneValue || isAtomic(field, types);
    yield* filledInMap(field, { sent, received, isInOneValue: isOneValue }, types);
  } else if (Array.isArray(sent) && Array.isArray(received)) {
    yield* filledInList(field, { sent, received, isInOneValue: isInOneValue || field.keys === undefined }, types);
  }
}

function isAtomic({ type = '', atomic }: FieldEntry, types: Types): boolean {
  return atomic ?? types.get(type)?.atomic ?? false;
}

function* filledInMap(field: FieldEntry, completed: Completed<Fields>, types: Types): Generator<FilledIn> {
  const { type = '', valuesOf } = field;
  if (valuesOf === undefined) {
    yield* filledInStruct(type, completed, types);
    return;
  }
  for (const [name, sent] of Object.entries(completed.sent)) {
    yield* filledInValue({ type: valuesOf }, { ...completed, sent, received: completed.received[name] }, types);
  }
}

function* filledInList(
  { itemsOf = '' }: FieldEntry,
  completed: Completed<readonly unknown[]>,
  types: Types,
): Generator<FilledIn> {
  for (const [index, sent] of completed.sent.entries()) {
    yield* filledInValue({ type: itemsOf }, { ...completed, sent, received: completed.received[index] }, types);
  }
}

/** Returns whether a default is equivalent to an absent value. */
function isNothing({ embedded, valuesOf }: FieldEntry, value: unknown): boolean {
  if (value === null || value === '') return true;
  const isKept = isMap(value) && embedded !== true && valuesOf === undefined;
  return !isKept && typeof value === 'object' && Object.keys(value).length === 0;
}
