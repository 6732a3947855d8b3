import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { controllerOf } from '../domain/child.ts';
import { buildChildren, type ConverterDefaults } from '../domain/children.ts';
import { computeEvents } from '../domain/events.ts';
import type { ObservedDeployment, ObservedHorizontalPodAutoscaler, ObservedPod } from '../domain/observation.ts';
import { type ComputedStatus, computeStatus, isSameStatus, type StatusInput } from '../domain/status.ts';
import type { KubeClient } from '../kube/client.ts';
import { keyOf, type ObjectKey, splitObjectKey } from '../kube/object.ts';
import { replaceStatus } from '../kube/write.ts';
import type { Clock } from '../runtime/clock.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WorkItem } from '../runtime/work-queue.ts';
import type { Outcome } from '../runtime/workers.ts';
import { type AppliedChild, applyChildren } from './apply-children.ts';
import type { CachedChild } from './cached-child.ts';
import type { Contests } from './contests.ts';
import { DoomedResources } from './doomed-resources.ts';
import { type Caches, TEMPERATURE_CONVERTERS, trimConverter } from './caches.ts';
import { PASSING } from './failure.ts';
import { WrittenStatuses } from './written-statuses.ts';

/** A cache that lags heals within this many tries; what still conflicts then is told in the status. */
const QUIET_CONFLICTS = 3;

/**
 * What became of a status; `outdated`: it was written, but the resource has changed since it was computed; `waits`: it
 * was not, since somebody else keeps changing it.
 */
type Report =
  { readonly type: 'unchanged' | 'written' | 'outdated' | 'gone' } | { readonly type: 'waits'; readonly ms: number };

/** What a reconciler needs. */
export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly defaults: ConverterDefaults;
  readonly recorder: EventRecorder;
  readonly contests: Contests;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often the key has failed in a row. */
  readonly failuresOf: (key: ObjectKey) => number;
}

/** Brings one resource's children and status to what its spec asks for: gather, decide, apply, report. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #statuses = new WrittenStatuses();
  readonly #doomed: DoomedResources;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#doomed = new DoomedResources(options.clock);
  }

  /** Reconciles the resource of that key; a key that names no resource is settled, since its children go with it. */
  async reconcile(item: WorkItem<ObjectKey>): Promise<Outcome> {
    const { caches } = this.#options;
    const resource = caches.converters.get(item.key);
    if (resource === undefined) return this.#forget(item.key);
    const { namespace, name } = splitObjectKey(item.key);
    const log = this.#options.log.child({ namespace, name, reconcileId: item.id, causes: item.causes });
    const untouched = whyUntouched(resource);
    const applied = untouched === undefined ? await this.#apply(resource, log) : [];
    const stale = applied.find(({ failure }) => failure?.isStale);
    if (stale !== undefined && this.#options.failuresOf(item.key) < QUIET_CONFLICTS) {
      return { type: 'failed', policy: PASSING, error: stale.failure?.error };
    }
    const results = untouched ?? applied.map(({ result }) => result);
    const report = await this.#report(resource, results, log);
    log.debug({ results, report }, 'reconciled');
    return outcomeOf(applied, report);
  }

  #forget(key: ObjectKey): Outcome {
    this.#doomed.forget(key);
    const uid = this.#statuses.forget(key);
    if (uid !== undefined) this.#options.contests.forget(uid);
    return { type: 'settled' };
  }

  #apply(resource: TemperatureConverter, log: Logger): Promise<AppliedChild[]> {
    const context = { ...this.#options, doomed: this.#doomed, log };
    return applyChildren(resource, buildChildren(resource, this.#options.defaults), context);
  }

  /** Writes the status if it changed, and tells of the change. */
  async #report(resource: TemperatureConverter, results: StatusInput['results'], log: Logger): Promise<Report> {
    const { clock, contests, recorder } = this.#options;
    const status = computeStatus({ resource, results, ...this.#observe(resource), now: clock.now() });
    if (isSameStatus(resource.status, status)) return { type: 'unchanged' };
    const { uid } = resource.metadata;
    const isPutBack = this.#statuses.isForeign(resource);
    const waitMs = isPutBack ? contests.waitMs(uid) : 0;
    if (waitMs > 0) return { type: 'waits', ms: waitMs };
    const written = await this.#writeStatus(resource, status);
    if (written === undefined) return { type: 'gone' };
    if (isPutBack) {
      log.info({}, 'putting back the status, which somebody else has changed');
      contests.noteRepair(uid);
    }
    for (const event of computeEvents(resource.status, status)) recorder.record(resource, event);
    // The cache holds the written state now, so that no watch event will tell of what else it brought.
    const isOutdated =
      written.metadata.generation !== resource.metadata.generation ||
      written.metadata.deletionTimestamp !== resource.metadata.deletionTimestamp;
    return { type: isOutdated ? 'outdated' : 'written' };
  }

  #observe(resource: TemperatureConverter): {
    deployment: ObservedDeployment | undefined;
    autoscaler: ObservedHorizontalPodAutoscaler | undefined;
    pods: readonly ObservedPod[];
  } {
    const { children, pods } = this.#options.caches;
    const key = keyOf(resource);
    const ours = (child: CachedChild | undefined): CachedChild | undefined =>
      child !== undefined && controllerOf(child)?.uid === resource.metadata.uid ? child : undefined;
    return {
      // SAFETY: each cache holds one kind, cut down to just these fields.
      deployment: ours(children.Deployment.get(key)) as ObservedDeployment | undefined,
      autoscaler: ours(children.HorizontalPodAutoscaler.get(key)),
      pods: pods.listByIndex(key),
    };
  }

  /** Resolves to the resource as written; to undefined when it has gone or was replaced, and needs no status. */
  async #writeStatus(
    resource: TemperatureConverter,
    status: ComputedStatus,
  ): Promise<TemperatureConverter | undefined> {
    const { client, caches } = this.#options;
    const { namespace, name, uid } = resource.metadata;
    const target = { namespace, name, uid, status };
    return caches.converters.write(keyOf(resource), async () => {
      const written = await replaceStatus<TemperatureConverter>(client, TEMPERATURE_CONVERTERS, target);
      if (written === undefined) return undefined;
      this.#statuses.note(written);
      return trimConverter(written);
    });
  }
}

/** Why the children of a resource are not to be touched; undefined when they are. */
function whyUntouched(resource: TemperatureConverter): 'deleting' | 'paused' | undefined {
  if (resource.metadata.deletionTimestamp !== undefined) return 'deleting';
  return resource.spec.paused ? 'paused' : undefined;
}

/**
 * When to look again: at once after what has changed meanwhile, unless the server asks to be left alone; after the failure
 * that wants it soonest; when a repair has waited enough; or not at all.
 */
function outcomeOf(applied: readonly AppliedChild[], report: Report): Outcome {
  const retried = applied.flatMap(({ failure }) =>
    failure?.policy === undefined ? [] : [{ ...failure, policy: failure.policy }],
  );
  const [soonest] = retried.toSorted((a, b) => a.policy.initialMs - b.policy.initialMs);
  const atLeastMs = Math.max(0, ...retried.map((failure) => failure.atLeastMs));
  if (report.type === 'outdated' && atLeastMs === 0) return { type: 'revisit', afterMs: 0, cause: 'changed meanwhile' };
  if (soonest !== undefined) {
    return { type: 'failed', policy: soonest.policy, atLeastMs, error: soonest.error };
  }
  const waits = [
    ...applied.flatMap(({ revisitMs }) => revisitMs ?? []),
    ...(report.type === 'waits' ? [report.ms] : []),
  ];
  if (waits.length > 0) return { type: 'revisit', afterMs: Math.min(...waits), cause: 'repair due' };
  return { type: 'settled' };
}
