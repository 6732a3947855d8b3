import { hash } from 'node:crypto';
import type { TemperatureConverter } from './api/temperature-converter.ts';
import { CHILD_KINDS, type Caches, childKind } from './caches.ts';
import { buildChildren, type ConverterDefaults } from './children/children.ts';
import { OWNERSHIP } from './children/ownership-options.ts';
import type { ChildKind } from './children/child.ts';
import type { AppliedChild } from '../controller-runtime/apply/apply-result.ts';
import { Applier } from '../controller-runtime/apply/applier.ts';
import type { LiveObject } from '../controller-runtime/apply/live-object.ts';
import { RepairLimiter } from '../controller-runtime/apply/repair-limiter.ts';
import type { KubeClient } from '../controller-runtime/client/client.ts';
import { isConflict, isRequestError } from '../controller-runtime/client/errors.ts';
import { writeStatus } from '../controller-runtime/cache/write-status.ts';
import type { BackoffPolicy, Random } from '../controller-runtime/clock/backoff.ts';
import type { Clock } from '../controller-runtime/clock/clock.ts';
import type { EventRecorder } from '../controller-runtime/events/event-recorder.ts';
import type { Logger } from '../controller-runtime/logger/logger.ts';
import type { Request } from '../controller-runtime/manager/controller.ts';
import { type Result, resultOf } from '../controller-runtime/manager/result.ts';
import { isControlledBy, keyOf, type ObjectKey } from '../controller-runtime/object/object.ts';
import { ChangeLog } from './status/change-log.ts';
import type { SkipReason } from './status/child-result.ts';
import { describeResult } from './status/describe-result.ts';
import { computeEvents } from './status/events.ts';
import { classifyFailure, TRANSIENT } from './status/failure.ts';
import type { ObservedDeployment } from './status/observation.ts';
import { RefusedStatuses } from './status/refused-statuses.ts';
import { describeStatusRefusal, refusalEvent, type StatusRefusal } from './status/status-refusal.ts';
import { type ComputedStatus, computeStatus, isSameStatus, type StatusInput } from './status/status.ts';

/** A cache that is behind catches up within this many retries; a conflict that lasts longer goes into the status. */
const UNREPORTED_CONFLICTS = 3;

/** What a reconciler needs. */
export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly defaults: ConverterDefaults;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Brings one resource's children and status to what its spec asks for. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #applier: Applier;
  readonly #statusRepairs: RepairLimiter;
  readonly #refusedStatuses: RefusedStatuses;
  readonly #changeLog: ChangeLog;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#applier = new Applier({ ...options, ownership: OWNERSHIP });
    this.#statusRepairs = new RepairLimiter(options.clock);
    this.#refusedStatuses = new RefusedStatuses(options.clock, options.random);
    this.#changeLog = new ChangeLog(options.log);
  }

  /** Applies the children, then writes the status. */
  async reconcile({ object: resource, failures, log }: Request<TemperatureConverter>): Promise<Result> {
    const skipReason = skipReasonOf(resource);
    const applied = skipReason === undefined ? await this.#apply(resource) : [];
    for (const { kind, result } of applied) {
      if (result.type === 'repaired') log.info({ kind, fields: result.fields, by: result.by }, 'repaired drift');
    }
    if (applied.some(({ result }) => result.type === 'stale')) {
      log.info({}, 'the cached resource is older than its children were last written for; waiting for the watch');
      return resultOf(applied);
    }
    this.#changeLog.reconciled(resource, applied, log);
    const conflict = applied.find(({ result }) => result.type === 'failed' && isConflict(result.error));
    if (conflict !== undefined && failures < UNREPORTED_CONFLICTS) return resultOf([conflict]);

    const described = skipReason ?? applied.map((child) => describeResult(child, child.result));
    const statusDelayMs = await this.#report(resource, described, log);
    log.debug({ results: described, statusDelayMs }, 'reconciled');
    return resultOf(applied, { errorPolicy, delayMs: statusDelayMs });
  }

  /** Forgets what is remembered of a resource that is gone. */
  forget(key: ObjectKey): void {
    this.#statusRepairs.forget(key);
    this.#refusedStatuses.forget(key);
    this.#changeLog.deleted(key);
    this.#applier.forget(key);
  }

  #apply(resource: TemperatureConverter): Promise<readonly AppliedChild<ChildKind>[]> {
    const { caches, defaults } = this.#options;
    const children = buildChildren(resource, defaults);
    return this.#applier.apply(
      resource,
      CHILD_KINDS.map((name) => {
        const kind = childKind(name, caches);
        const desired = children[name];
        return desired === undefined ? { kind, unwanted: resource.metadata } : { kind, desired };
      }),
    );
  }

  /**
   * Writes the status if it changed, and records what a user would want to know of it. Resolves to how long the write is
   * delayed, in milliseconds: another writer keeps replacing this very status, or the API server refuses it. Rejects with a
   * 409 ApiError when the resource has changed since it was cached.
   */
  async #report(resource: TemperatureConverter, results: StatusInput['results'], log: Logger): Promise<number> {
    const status = computeStatus({ resource, results, ...this.#observe(resource), now: this.#options.clock.now() });
    if (isSameStatus(resource.status, status)) return 0;
    const key = keyOf(resource);
    const content = digestOf(status);
    const delayMs = Math.max(this.#statusRepairs.waitMs(key, [content]), this.#refusedStatuses.waitMs(resource));
    if (delayMs > 0) return delayMs;
    try {
      if (!(await writeStatus(this.#options.client, this.#options.caches.converters, resource, status))) return 0;
    } catch (error) {
      const refusal = describeStatusRefusal(error);
      if (refusal === undefined) throw error;
      return this.#reportRefusal(resource, refusal, log);
    }
    this.#refusedStatuses.forget(key);
    this.#statusRepairs.note(key, [content]);
    for (const event of computeEvents(resource.status, status)) this.#options.recorder.record(resource, event);
    return 0;
  }

  /** Records an event, since the status cannot say what is wrong. Returns the milliseconds until the next write. */
  #reportRefusal(resource: TemperatureConverter, refusal: StatusRefusal, log: Logger): number {
    const retryInMs = this.#refusedStatuses.note(resource, refusal.policy);
    log.warn(
      { problem: refusal.message, retryInMs: Math.round(retryInMs) },
      'the API server refuses to store the status',
    );
    this.#options.recorder.record(resource, refusalEvent(refusal));
    return retryInMs;
  }

  #observe(resource: TemperatureConverter): Pick<StatusInput, 'deployment' | 'autoscaler' | 'pods'> {
    const { children, pods } = this.#options.caches;
    const key = keyOf(resource);
    const owned = (child: LiveObject | undefined): LiveObject | undefined =>
      child !== undefined && isControlledBy(child, resource) ? child : undefined;
    return {
      // SAFETY: the cache holds Deployments, cut down to just these fields.
      deployment: owned(children.Deployment.get(key)) as ObservedDeployment | undefined,
      autoscaler: owned(children.HorizontalPodAutoscaler.get(key)),
      pods: pods.listByIndex(key),
    };
  }
}

/** How a failed reconcile is retried. */
export function errorPolicy(error: unknown): BackoffPolicy {
  return isRequestError(error) ? classifyFailure(error).policy : TRANSIENT;
}

/** Why the children of a resource are not to be written; undefined when they are. */
function skipReasonOf({ metadata, spec }: TemperatureConverter): SkipReason | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'deleting';
  return spec.paused ? 'paused' : undefined;
}

/** What a status says, apart from its times: the same again means that another writer has replaced it. */
function digestOf({ conditions, ...fields }: ComputedStatus): string {
  const said = conditions.map(({ lastTransitionTime: _time, ...condition }) => condition);
  return hash('sha1', JSON.stringify({ ...fields, said }), 'base64');
}
