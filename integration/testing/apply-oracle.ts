import { differences, type Difference } from '../../controller-runtime/apply/apply-difference.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError, ConnectionError } from '../../controller-runtime/client/errors.ts';
import type { MergeRules } from '../../controller-runtime/apply/merge-rules.ts';
import type { OwnedFields } from '../../controller-runtime/apply/owned-fields.ts';
import type { AppliedObject } from './built-in-objects.ts';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { leafPaths, formatPath, type Step, valueAt, withValueAt } from './leaf-fields.ts';
import { type Edit, editsOf } from './object-edits.ts';

/** An object for which tests compare the found differences with the changes of an apply. */
export interface Subject {
  readonly client: KubeClient;
  readonly path: string;
  readonly desired: AppliedObject;
  /** The default is the rules of the built-in kind. */
  readonly rules?: MergeRules;
  /** Whether the API server may drop fields that it declares, as an older one does for those behind a feature gate. */
  readonly mayDropFields?: boolean;
}

/** The result of checks. */
export interface Findings {
  /** The number of edits that the API server accepted. */
  readonly checked: number;
  /** Where the comparison and the API server disagree. */
  readonly violations: readonly string[];
}

/** An object as the API server sends it. */
export interface ServedObject extends AppliedObject {
  readonly metadata: AppliedObject['metadata'] & {
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly fieldsV1?: OwnedFields;
    }[];
  };
}

/** Re-creates the object by an apply. */
export async function recreate(subject: Subject): Promise<ServedObject> {
  await remove(subject);
  return apply(subject, subject.desired);
}

/** The desired object without the fields that the API server has dropped. */
export function withoutDroppedFields(desired: AppliedObject, served: ServedObject): AppliedObject {
  const dropped = droppedFields(desired, served).map((path) => path.slice(0, lengthOfDropped(path, served)));
  // SAFETY: the fields that identify the object are not dropped. The last items of a list come first, so that indexes stay valid.
  return dropped
    .toReversed()
    .reduce<unknown>((rest, path) => withValueAt(rest, path, undefined), desired) as AppliedObject;
}

function droppedFields(desired: AppliedObject, served: ServedObject): readonly (readonly Step[])[] {
  return leafPaths(desired).filter((path) => isScalar(valueAt(desired, path)) && valueAt(served, path) === undefined);
}

/** The length of the shortest part of a path that leads to nothing. */
function lengthOfDropped(path: readonly Step[], served: ServedObject): number {
  return path.findIndex((_, index) => valueAt(served, path.slice(0, index + 1)) === undefined) + 1;
}

/** Deletes the object and waits until the deletion is complete. */
export async function remove({ client, path }: Pick<Subject, 'client' | 'path'>): Promise<void> {
  await eventually(async () => {
    try {
      const { metadata } = await client.send<ServedObject>({ method: 'GET', path });
      // No controllers run here that would remove the finalizers.
      const query = { fieldManager: OTHER_MANAGER };
      const bodyType = 'application/merge-patch+json';
      const body = { metadata: { finalizers: [] } };
      if (metadata['finalizers'] !== undefined) await client.send({ method: 'PATCH', path, query, body, bodyType });
      await client.send({ method: 'DELETE', path });
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return;
      throw error;
    }
    throw new Error(`${path} still exists`);
  });
}

/** Returns the differences between the live and the desired object. */
export function compare(
  { client, rules }: Pick<Subject, 'client' | 'rules'>,
  desired: AppliedObject,
  live: ServedObject,
): readonly Difference[] {
  const owned = live.metadata.managedFields?.find(
    ({ manager, operation }) => manager === client.fieldManager && operation === 'Apply',
  );
  return rules === undefined
    ? differences(desired, live, owned?.fieldsV1)
    : differences(desired, live, owned?.fieldsV1, rules);
}

/** Makes each edit of the live object as another writer, and checks that the found differences are those that an apply changes. */
export async function checkForeignEdits(subject: Subject, isEdited: (edit: Edit) => boolean): Promise<Findings> {
  const live = await recreate(subject);
  const violations: string[] = [];
  let checked = 0;
  for (const edit of editsOf(live)) {
    if (!isEdited(edit)) continue;
    const edited = await ifAccepted(replace(subject, edit.value));
    if (edited === undefined) continue;
    checked += 1;
    violations.push(...(await checkApply(subject, subject.desired, edited)).map((text) => `${edit.what}: ${text}`));
  }
  return { checked, violations };
}

/** Makes and reverts each edit of the desired object, and checks that the found differences are those that an apply changes. */
export async function checkDesiredEdits(subject: Subject, isEdited: (edit: Edit) => boolean): Promise<Findings> {
  let live = await recreate(subject);
  const violations: string[] = [];
  let checked = 0;
  for (const edit of editsOf(subject.desired)) {
    if (!isEdited(edit)) continue;
    // SAFETY: the fields that identify the object are not edited.
    const other = edit.value as AppliedObject;
    const tried = await ifAccepted(apply(subject, other, { dryRun: 'All' }));
    if (tried === undefined || (subject.mayDropFields === true && droppedFields(other, tried).length > 0)) continue;
    checked += 1;
    const there = await checkApply(subject, other, live);
    const back = await checkApply(subject, subject.desired, await read(subject));
    violations.push(
      ...there.map((text) => `${edit.what}: ${text}`),
      ...back.map((text) => `${edit.what}, undone: ${text}`),
    );
    live = await read(subject);
  }
  return { checked, violations };
}

/** Compares and applies. Returns how the found differences deviate from the changes of the apply. */
async function checkApply(subject: Subject, desired: AppliedObject, before: ServedObject): Promise<readonly string[]> {
  const found = compare(subject, desired, before);
  const applied = await ifAccepted(apply(subject, desired));
  if (applied === undefined) {
    // The fields of other managers are not valid together with the desired ones.
    await recreate(subject);
    return found.length > 0 ? [] : ['no difference is found, but the apply is rejected'];
  }
  const changed = changedFields(before, applied);
  const paths = found.map(({ path }) => withoutItems(path));
  const isOfOwnership = changed.length === 0 && ownedText(subject, before) !== ownedText(subject, applied);
  const desiredFields = new Set(leafPaths(desired).map((path) => withoutItems(formatPath(path))));
  return [
    // The server may set other defaults together with a change.
    ...changed
      .filter(
        (field) => !paths.some((path) => isAround(path, field)) && (found.length === 0 || desiredFields.has(field)),
      )
      .map((field) => `${field} is changed but not found`),
    ...paths
      .filter((path) => !isOfOwnership && !changed.some((field) => isAround(path, field)))
      .map((path) => `${path} is found but not changed`),
    ...(await checkRest(subject, desired, applied)),
  ];
}

/** Returns the differences that are found right after an apply although another apply changes nothing. */
async function checkRest(subject: Subject, desired: AppliedObject, applied: ServedObject): Promise<readonly string[]> {
  const found = compare(subject, desired, applied);
  if (found.length === 0) return [];
  // An apply that removes the last field of a struct drops the struct. If it is desired empty, the next apply restores it.
  const again = await ifAccepted(apply(subject, desired));
  if (again === undefined || changedFields(applied, again).length > 0) return [];
  return found.map(({ path }) => `${path} is found after an apply`);
}

const OTHER_MANAGER = 'another-writer';

function apply({ client, path }: Subject, body: object, more: Record<string, string> = {}): Promise<ServedObject> {
  const query = { fieldManager: client.fieldManager, force: 'true', ...more };
  return client.send({ method: 'PATCH', path, query, body, bodyType: 'application/apply-patch+yaml' });
}

async function replace(subject: Subject, object: unknown): Promise<ServedObject> {
  const { metadata: current } = await read(subject);
  // SAFETY: the fields that identify the object are not edited.
  const { metadata, ...rest } = object as ServedObject;
  const body = { ...rest, metadata: { ...metadata, resourceVersion: current['resourceVersion'] } };
  return subject.client.send({ method: 'PUT', path: subject.path, query: { fieldManager: OTHER_MANAGER }, body });
}

function read({ client, path }: Subject): Promise<ServedObject> {
  return client.send({ method: 'GET', path });
}

/** Resolves to undefined if the API server rejects the request or panics, as the validation of some kinds does for some edits. */
async function ifAccepted<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}

/** Returns the fields that differ between two states of an object, without server-managed fields and list indexes. */
function changedFields(before: ServedObject, after: ServedObject): readonly string[] {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const paths = new Set([...was.keys(), ...is.keys()]);
  return [...new Set([...paths].filter((path) => was.get(path) !== is.get(path)).map(withoutItems))];
}

function leavesOf({ metadata, status: _status, ...rest }: ServedObject): ReadonlyMap<string, string> {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const content = { ...rest, metadata: { labels, annotations, finalizers, ownerReferences } };
  const leaves = leafPaths(content).filter((path) => valueAt(content, path) !== undefined);
  return new Map(leaves.map((path) => [formatPath(path), JSON.stringify(valueAt(content, path))]));
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' && value !== undefined && value !== '';
}

function withoutItems(path: string): string {
  return path
    .replaceAll(/\[("(?:[^"\\]|\\.)*")\]/g, (_match, name: string) => `.${String(JSON.parse(name))}`)
    .replaceAll(/\[[^\]]*\]/g, '');
}

function isAround(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function ownedText({ client }: Subject, { metadata }: ServedObject): string {
  const owned = metadata.managedFields?.filter(({ manager }) => manager === client.fieldManager);
  return JSON.stringify(owned?.map(({ fieldsV1 }) => fieldsV1));
}
