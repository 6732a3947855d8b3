import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { CHILD_KINDS, CHILDREN } from '../caches.ts';
import { buildChildren } from '../children/children.ts';
import type { ChildKind } from '../children/child.ts';
import { OWNERSHIP } from '../children/ownership-options.ts';
import { classifyFailure } from '../status/failure.ts';
import { isStale } from '../../controller-runtime/apply/decide.ts';
import type { ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { type ChildPlan, planChild } from '../../controller-runtime/apply/plan-child.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { reportChild, reportUnwanted } from './child-report.ts';
import type { ChildReport, ConverterPlan, Outcome, ResourcePlan } from './converter-plan.ts';

/** A TemperatureConverter to plan, and the objects that have the names of its children. */
export interface Subject {
  readonly resource: TemperatureConverter;
  readonly children: Readonly<Partial<Record<ChildKind, ReceivedObject>>>;
  /** What applying the file does to the resource. */
  readonly change?: ResourcePlan;
  readonly source?: string;
}

/** What a plan needs of the cluster. */
export interface PlanningContext {
  /** The default image of the operator that manages a resource. */
  readonly imageFor: (resource: TemperatureConverter) => string;
  /** A client whose writes are dry runs, if the user may try a write of this kind. */
  readonly dryRunFor: (kind: ChildKind, namespace: string) => Promise<KubeClient | undefined>;
}

/** Plans a resource and its children. Returns undefined if one of them has changed since it was read. */
export async function planConverter(subject: Subject, context: PlanningContext): Promise<ConverterPlan | undefined> {
  const { resource, change, source } = subject;
  const { namespace, name, deletionTimestamp } = resource.metadata;
  const identity = {
    namespace,
    name,
    ...(source === undefined ? {} : { source }),
    ...(change === undefined ? {} : { resource: change }),
  };
  if (deletionTimestamp !== undefined) {
    const message = 'The resource is being deleted. Its children are deleted with it.';
    return { ...identity, outcome: 'deleting', replacesPods: false, message, children: [] };
  }
  const planned = await planChildren(subject, context);
  if (planned === undefined) return undefined;
  const children = change?.action === 'created' ? planned.map((child) => withoutUid(child, resource)) : planned;
  const isPaused = resource.spec.paused;
  return {
    ...identity,
    outcome: outcomeOf(subject, children),
    replacesPods: !isPaused && children.some((child) => child.replacesPods),
    ...(isPaused ? { message: PAUSED } : {}),
    children,
  };
}

/** The dry run of a resource gives it another UID than its creation. */
function withoutUid(child: ChildReport, { metadata }: TemperatureConverter): ChildReport {
  return child.diff === undefined ? child : { ...child, diff: child.diff.replaceAll(metadata.uid, UNKNOWN_UID) };
}

const UNKNOWN_UID = '<set by the API server>';
const PAUSED =
  'Reconciliation is paused (spec.paused is true). The operator makes the changes of the children once it is resumed.';

async function planChildren(
  { resource, children }: Subject,
  { imageFor, dryRunFor }: PlanningContext,
): Promise<readonly ChildReport[] | undefined> {
  const isOutdated = CHILD_KINDS.some((kind) => {
    const live = children[kind];
    return live !== undefined && isStale(resource, CHILDREN[kind].trim(live), { ownership: OWNERSHIP });
  });
  if (isOutdated) return undefined;
  const desired = buildChildren(resource, { image: resource.spec.image ?? imageFor(resource) });
  const reports = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const wanted = desired[kind];
      const live = children[kind];
      if (wanted === undefined) return reportUnwanted(resource, kind, live);
      const dryRun = await dryRunFor(kind, resource.metadata.namespace);
      const child = { kind: { ...CHILDREN[kind], kind }, desired: wanted };
      const plan = await tryOrPredict(dryRun, (client) =>
        planChild(resource, child, live, { ownership: OWNERSHIP, dryRun: client }),
      );
      return plan === undefined ? OUTDATED : [reportChild(resource, wanted, plan)];
    }),
  );
  return reports.includes(OUTDATED) ? undefined : reports.flat();
}

/**
 * Plans with a dry run, or without one if it is the user whom the API server does not allow the write. Rejects with the error
 * of an API server that does not answer now.
 */
async function tryOrPredict(
  dryRun: KubeClient | undefined,
  plan: (client: KubeClient | undefined) => Promise<ChildPlan | undefined>,
): Promise<ChildPlan | undefined> {
  const planned = await plan(dryRun);
  if (planned?.action !== 'blocked' || planned.result.type !== 'failed') return planned;
  const { error } = planned.result;
  const { reason } = classifyFailure(error);
  if (reason === 'ApiUnavailable' || reason === 'ApiNotReady') throw error;
  return reason === 'Forbidden' ? plan(undefined) : planned;
}

/** An object has changed since it was read. */
const OUTDATED: readonly ChildReport[] = [];

function outcomeOf({ resource, change }: Subject, children: readonly ChildReport[]): Outcome {
  if (resource.spec.paused) return outcomeOfResource(change) ?? 'paused';
  if (children.some(({ action }) => action === 'blocked')) return 'blocked';
  const isChanged = children.some(({ action }) => action !== 'unchanged');
  return outcomeOfResource(change) ?? (isChanged ? 'changed' : 'unchanged');
}

/** What applying the file makes of the resource; undefined if it stays the same. */
function outcomeOfResource(change: ResourcePlan | undefined): 'created' | 'changed' | undefined {
  return change === undefined || change.action === 'unchanged' ? undefined : change.action;
}
