import { isDeepStrictEqual } from 'node:util';
import type { TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import { CHILD_KINDS } from '../../operator/caches.ts';
import { buildChildren, type DesiredChild } from '../../operator/children/children.ts';
import type { ChildKind } from '../../operator/children/child.ts';
import type { ChildReport, ConverterPlan } from '../../operator/plan/converter-plan.ts';
import { diffObjects } from '../../operator/plan/displayed-object.ts';
import { controllerOf } from '../../controller-runtime/object/object.ts';
import type { Cluster, LiveObject } from './cluster.ts';
import { DEFAULT_IMAGE } from './running-operator.ts';

/** What only the API server finds. */
const UNFORESEEABLE: ReadonlySet<string> = new Set(['Denied', 'Invalid', 'AllocationFailed']);
const WRITTEN: ReadonlySet<ChildReport['action']> = new Set(['created', 'changed', 'adopted']);

/** The children of all converters of a namespace, by kind and name. */
export type Snapshot = Readonly<Record<ChildKind, ReadonlyMap<string, LiveObject>>>;

/** What a plan says, or what the operator then did, in comparable form. */
export interface PlanOutcome {
  readonly children: readonly ChildOutcome[];
  readonly isReconciled: boolean;
}

interface ChildOutcome {
  readonly kind: ChildKind;
  readonly action: ChildReport['action'];
  readonly diff: string | undefined;
  readonly replacesPods: boolean;
}

/** Reads all children of a namespace. */
export async function takeSnapshot(cluster: Cluster, namespace: string): Promise<Snapshot> {
  const lists = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const objects = await cluster.list(kind, namespace);
      return [kind, new Map(objects.map((object) => [object.metadata.name, object]))] as const;
    }),
  );
  // SAFETY: one entry per kind.
  return Object.fromEntries(lists) as unknown as Snapshot;
}

/** What the operator did, as far as the plan of the same resource says it. */
export function whatHappened(
  plan: ConverterPlan,
  { resource, before, after }: { resource: TemperatureConverter; before: Snapshot; after: Snapshot },
): PlanOutcome {
  const desired = buildChildren(resource, { image: DEFAULT_IMAGE });
  const reconciled = resource.status?.conditions?.find(({ type }) => type === 'Reconciled');
  const children = CHILD_KINDS.map((kind) => {
    const objects = [before[kind].get(plan.name), after[kind].get(plan.name)] as const;
    const isExact = plan.children.some((child) => child.kind === kind && child.tried);
    return outcomeOf(kind, objects, isExact ? desired[kind] : undefined);
  });
  return { children, isReconciled: reconciled?.status === 'True' };
}

/** What the plan says; a child that is blocked does not change. */
export function whatWasPlanned({ outcome, message, children }: ConverterPlan): PlanOutcome {
  const isSkipped = outcome === 'deleting' || message !== undefined;
  const planned = isSkipped ? [] : children;
  return {
    children: CHILD_KINDS.map((kind) => {
      const child = planned.find((candidate) => candidate.kind === kind);
      const { action = 'unchanged', replacesPods = false } = child ?? {};
      return {
        kind,
        action: action === 'blocked' ? 'unchanged' : action,
        // What takes several requests is computed: it lacks defaults of the API server.
        diff: child?.tried === true ? child.diff : undefined,
        replacesPods,
      };
    }),
    isReconciled: !isSkipped && planned.every(({ action }) => action !== 'blocked'),
  };
}

/** What a plan of a user with read rights only has in common with `known`, whose writes were tried. */
export function foreseeable({ name, outcome, children }: ConverterPlan, known: ConverterPlan): unknown {
  const isUnforeseeable = ({ kind }: ChildReport): boolean =>
    known.children.some((child) => child.kind === kind && UNFORESEEABLE.has(child.reason ?? ''));
  return {
    name,
    outcome: known.children.some(isUnforeseeable) ? undefined : outcome,
    children: children
      .filter((child) => !isUnforeseeable(child))
      .map(({ diff: _diff, tried: _tried, consequences: _consequences, changesAddress: _address, ...child }) => child),
  };
}

function outcomeOf(
  kind: ChildKind,
  [before, after]: readonly [LiveObject | undefined, LiveObject | undefined],
  desired: DesiredChild | undefined,
): ChildOutcome {
  const action = actionOf(before, after);
  return {
    kind,
    action,
    diff: desired !== undefined && WRITTEN.has(action) ? diffObjects(desired, before, after) : undefined,
    replacesPods: before !== undefined && after !== undefined && hasNewTemplate(before, after),
  };
}

function actionOf(before: LiveObject | undefined, after: LiveObject | undefined): ChildReport['action'] {
  if (before === undefined) return after === undefined ? 'unchanged' : 'created';
  if (after === undefined || isTerminating(before) !== isTerminating(after)) return 'deleted';
  if (isDeepStrictEqual(fieldsOf(before), fieldsOf(after))) return 'unchanged';
  return controllerOf(before) === undefined ? 'adopted' : 'changed';
}

/** Where the apply of an adopted object is denied, its managed fields have been cleared: no field that a plan shows. */
function fieldsOf({ metadata, ...fields }: LiveObject): unknown {
  const { resourceVersion: _version, managedFields: _managedFields, ...others } = metadata;
  return { ...fields, metadata: others };
}

function isTerminating({ metadata }: LiveObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function hasNewTemplate(before: LiveObject, after: LiveObject): boolean {
  return after.spec?.['paused'] !== true && !isDeepStrictEqual(before.spec?.['template'], after.spec?.['template']);
}
