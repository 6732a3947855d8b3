// Manager and controllers
export { type CacheView, createManager, type Manager, type ManagerOptions } from './manager/manager.ts';
export { type ControllerOptions, type Request, watch, type Watched } from './manager/controller.ts';
export type { ToKey } from './manager/event-handlers.ts';
export { DEFAULT_POLICY, type ErrorPolicy, isCacheBehind, type Result, resultOf } from './manager/result.ts';
export { serveHealth, serveMetrics } from './manager/pages.ts';
export { shutdownSignal } from './manager/shutdown-signal.ts';

// Caches
export { AppliedCache } from './cache/applied-cache.ts';
export { Cache, type CacheOptions } from './cache/cache.ts';
export { type IndexBy, ObjectStore, type StoreChange, type StoreListener } from './cache/object-store.ts';
export { Reflector, type ReflectorObserver, type ReflectorOptions } from './cache/reflector.ts';
export { type ObjectWithStatus, writeStatus } from './cache/write-status.ts';

// Applying the objects of an owner
export { Applier, type ApplierOptions } from './apply/applier.ts';
export type { Child } from './apply/apply-children.ts';
export { type Difference, differences } from './apply/apply-difference.ts';
export { type AppliedChild, type ApplyResult, isUpToDate, type UpToDate } from './apply/apply-result.ts';
export * from './apply/builtin-kinds.ts';
export type { UnwantedChild } from './apply/delete-unwanted.ts';
export type { ConflictingWriter } from './apply/conflicting-writer.ts';
export { describeProblem, findProblem, type Problem } from './apply/describe-problem.ts';
export { type LiveObject, type ReceivedObject, toLiveObject } from './apply/live-object.ts';
export type { MergeRules } from './apply/merge-rules.ts';
export { type ChildPlan, planChild, type PlanContext, type PlannedUpdate } from './apply/plan-child.ts';
export { type Owner, type OwnershipOptions, ownershipOptions } from './apply/ownership.ts';
export { RepairLimiter } from './apply/repair-limiter.ts';
export { mergeRulesOfSchema, type ObjectSchema } from './apply/schema-merge-rules.ts';
export type { AppliedKind, AppliedObjects } from './apply/write-object.ts';

// Requests
export { type ApiRequest, KubeClient, type KubeClientOptions } from './client/client.ts';
export { ApiServerConnection, type Connection, loadKubeConfig } from './client/connection.ts';
export * from './client/errors.ts';
export * from './client/write.ts';

// Objects
export { buildConditions, type Condition, type ConditionState } from './object/conditions.ts';
export * from './object/object.ts';
export { collectionPath, objectPath, type Resource } from './object/resource.ts';

// Building blocks
export { EventRecorder, type EventRecorderOptions, type EventToRecord } from './events/event-recorder.ts';
export { DEFAULT_LEASE_TIMING, LeaderElector, type LeaderElectorOptions } from './leader-election/leader-elector.ts';
export { WorkQueue, type WorkQueueOptions } from './queue/work-queue.ts';
export { type Answer, type Page, type PageServer, servePages } from './server/http-server.ts';
export { createJsonLogger, type JsonLoggerOptions } from './logger/json-logger.ts';
export type { Logger } from './logger/logger.ts';
export type { BackoffPolicy, Random } from './clock/backoff.ts';
export { type Cancel, type Clock, systemClock } from './clock/clock.ts';
