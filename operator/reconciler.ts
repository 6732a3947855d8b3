import { hash } from 'node:crypto';
import type { TemperatureConverter } from './api/temperature-converter.ts';
import type { ChildResult, SkipReason } from './status/child-result.ts';
import { buildChildren, type ConverterDefaults } from './children/children.ts';
import { computeEvents } from './status/events.ts';
import type { ObservedDeployment, ObservedHorizontalPodAutoscaler, ObservedPod } from './status/observation.ts';
import { type ComputedStatus, computeStatus, isSameStatus } from './status/status.ts';
import type { KubeClient } from '../controller-runtime/client/client.ts';
import { ApiError, isConflict } from '../controller-runtime/client/errors.ts';
import { controllerOf, keyOf, type ObjectKey, splitObjectKey } from '../controller-runtime/object/object.ts';
import { replaceStatus } from '../controller-runtime/client/write.ts';
import { AdmissionChanges } from '../controller-runtime/apply/admission-changes.ts';
import { applyChildren, nameOfChild } from '../controller-runtime/apply/apply-children.ts';
import type { ApplyResult } from '../controller-runtime/apply/apply-result.ts';
import type { ConflictingWriter } from '../controller-runtime/apply/conflicting-writer.ts';
import type { LiveObject } from '../controller-runtime/apply/live-object.ts';
import { RepairLimiter } from '../controller-runtime/apply/repair-limiter.ts';
import type { Clock } from '../controller-runtime/clock/clock.ts';
import type { EventRecorder } from '../controller-runtime/events/event-recorder.ts';
import type { Logger } from '../controller-runtime/logger/logger.ts';
import type { WorkItem } from '../controller-runtime/queue/work-queue.ts';
import type { Outcome } from '../controller-runtime/queue/workers.ts';
import { CHILD_KINDS, type Caches, childKind, TEMPERATURE_CONVERTERS, trimConverter } from './caches.ts';
import { describeResult } from './status/describe-result.ts';
import { classifyFailure, TRANSIENT } from './status/failure.ts';
import { OWNERSHIP } from './children/ownership-options.ts';

/** A cache that is behind catches up within this many retries; a conflict that lasts longer goes into the status. */
const UNREPORTED_CONFLICTS = 3;
/** A stale resource is reconciled when its watch tells of the present one; this is only in case that event is lost. */
const STALE_RETRY_MS = 5_000;

/** What a reconciler needs. */
export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly defaults: ConverterDefaults;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often the key has failed in a row. */
  readonly failuresOf: (key: ObjectKey) => number;
}

/** Brings one resource's children and status to what its spec asks for: gather, decide, apply, report. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #childRepairs: RepairLimiter<ConflictingWriter>;
  readonly #statusRepairs: RepairLimiter;
  readonly #admission: AdmissionChanges;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#childRepairs = new RepairLimiter(options.clock);
    this.#statusRepairs = new RepairLimiter(options.clock);
    this.#admission = new AdmissionChanges(options.clock);
  }

  /** Reconciles the resource of that key; there is nothing to do for one that is gone, since its children go with it. */
  async reconcile({ key, id, causes }: WorkItem<ObjectKey>): Promise<Outcome> {
    const resource = this.#options.caches.converters.get(key);
    if (resource === undefined) return this.#forget(key);
    const log = this.#options.log.child({ ...splitObjectKey(key), reconcileId: id, causes });

    const skipReason = skipReasonOf(resource);
    const applied = skipReason === undefined ? await this.#apply(resource) : [];
    for (const { kind, result } of applied) logWrite(log, kind, result);
    if (applied.some(({ result }) => result.type === 'stale')) {
      log.info(
        {},
        'the cached resource is older than the one that its children were last written for; waiting for the watch',
      );
      return { type: 'requeueAfter', afterMs: STALE_RETRY_MS, cause: 'stale resource' };
    }
    const conflict = applied.find(({ result }) => result.type === 'failed' && isConflict(result.error));
    if (conflict?.result.type === 'failed' && this.#options.failuresOf(key) < UNREPORTED_CONFLICTS) {
      return { type: 'error', policy: TRANSIENT, error: conflict.result.error };
    }

    const { name } = resource.metadata;
    const results = skipReason ?? applied.map(({ kind, result }) => describe(kind, name, result));
    const status = computeStatus({ resource, results, ...this.#observe(resource), now: this.#options.clock.now() });
    const statusWaitMs = await this.#report(resource, status);
    log.debug({ results, statusWaitMs }, 'reconciled');
    return outcomeOf(applied, statusWaitMs);
  }

  #forget(key: ObjectKey): Outcome {
    this.#statusRepairs.forget(key);
    for (const kind of CHILD_KINDS) {
      this.#childRepairs.forget(nameOfChild(kind, key));
      this.#admission.forget(nameOfChild(kind, key));
    }
    return { type: 'done' };
  }

  async #apply(resource: TemperatureConverter): Promise<readonly AppliedChild[]> {
    const { client, caches, defaults } = this.#options;
    const desired = buildChildren(resource, defaults);
    const children = CHILD_KINDS.map((kind) => ({ kind: childKind(kind, caches), desired: desired[kind] }));
    const results = await applyChildren(resource, children, {
      client,
      limiter: this.#childRepairs,
      admission: this.#admission,
      ownership: OWNERSHIP,
    });
    return CHILD_KINDS.flatMap((kind, index) => {
      const result = results[index];
      return result === undefined ? [] : [{ kind, result }];
    });
  }

  #observe(resource: TemperatureConverter): {
    deployment: ObservedDeployment | undefined;
    autoscaler: ObservedHorizontalPodAutoscaler | undefined;
    pods: readonly ObservedPod[];
  } {
    const { children, pods } = this.#options.caches;
    const key = keyOf(resource);
    const owned = (child: LiveObject | undefined): LiveObject | undefined =>
      child !== undefined && controllerOf(child)?.uid === resource.metadata.uid ? child : undefined;
    return {
      // SAFETY: each cache holds one kind, cut down to just these fields.
      deployment: owned(children.Deployment.get(key)) as ObservedDeployment | undefined,
      autoscaler: owned(children.HorizontalPodAutoscaler.get(key)),
      pods: pods.listByIndex(key),
    };
  }

  /**
   * Writes the status if it changed, and records what a user would want to know of it. Returns for how long the write is
   * delayed, in milliseconds, since another writer keeps replacing this very status. Rejects with a 409 ApiError when the
   * resource has changed since it was cached.
   */
  async #report(resource: TemperatureConverter, status: ComputedStatus): Promise<number> {
    if (isSameStatus(resource.status, status)) return 0;
    const key = keyOf(resource);
    const content = digestOf(status);
    const waitMs = this.#statusRepairs.waitMs(key, [content]);
    if (waitMs > 0) return waitMs;
    if (!(await this.#writeStatus(resource, status))) return 0;
    this.#statusRepairs.note(key, [content]);
    for (const event of computeEvents(resource.status, status)) this.#options.recorder.record(resource, event);
    return 0;
  }

  /** Resolves to false when the resource is gone, and needs no status. */
  async #writeStatus(resource: TemperatureConverter, status: ComputedStatus): Promise<boolean> {
    const { client, caches } = this.#options;
    try {
      await caches.converters.write(keyOf(resource), async () =>
        trimConverter(await replaceStatus<TemperatureConverter>(client, TEMPERATURE_CONVERTERS, resource, status)),
      );
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  }
}

interface AppliedChild {
  readonly kind: (typeof CHILD_KINDS)[number];
  readonly result: ApplyResult;
}

/** Why the children of a resource are not to be written; undefined when they are. */
function skipReasonOf({ metadata, spec }: TemperatureConverter): SkipReason | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'deleting';
  return spec.paused ? 'paused' : undefined;
}

/** What became of a child, in words; only a result of a stale resource has none. */
function describe(kind: AppliedChild['kind'], name: string, result: ApplyResult): ChildResult {
  if (result.type === 'stale') throw new Error('a stale resource is not reported');
  return describeResult({ kind, name }, result);
}

function logWrite(log: Logger, kind: string, result: ApplyResult): void {
  if (result.type === 'repaired') {
    log.info({ kind, fields: result.fields, by: result.by }, 'repaired drift');
  }
}

/** What a status says, apart from its times: the same again means that another writer has replaced it. */
function digestOf({ conditions, ...fields }: ComputedStatus): string {
  const said = conditions.map(({ lastTransitionTime: _time, ...condition }) => condition);
  return hash('sha1', JSON.stringify({ ...fields, said }), 'base64');
}

/** When to reconcile again: after the failure that is retried the soonest; when a delay is over; or not at all. */
function outcomeOf(applied: readonly AppliedChild[], statusWaitMs: number): Outcome {
  const failures = applied.flatMap(({ result }) => {
    return result.type === 'failed' ? [{ policy: classifyFailure(result.error).policy, error: result.error }] : [];
  });
  const [soonest] = failures.toSorted((a, b) => a.policy.initialMs - b.policy.initialMs);
  if (soonest !== undefined) {
    const asked = failures.map(({ error }) => (error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0));
    return { type: 'error', policy: soonest.policy, atLeastMs: Math.max(...asked), error: soonest.error };
  }
  const delays = [
    ...applied.flatMap(({ result }) => ('retryAfterMs' in result ? [result.retryAfterMs] : [])),
    ...(statusWaitMs > 0 ? [statusWaitMs] : []),
  ];
  return delays.length === 0
    ? { type: 'done' }
    : { type: 'requeueAfter', afterMs: Math.min(...delays), cause: 'delay over' };
}
