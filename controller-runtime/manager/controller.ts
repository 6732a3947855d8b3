import type { Cache } from '../cache/cache.ts';
import { isConflict } from '../client/errors.ts';
import type { Random } from '../clock/backoff.ts';
import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logger/logger.ts';
import type { ControllerMetrics } from '../metrics/metrics.ts';
import { keyOf, type KubernetesObject, type ObjectKey, splitObjectKey } from '../object/object.ts';
import { runWorkers } from '../queue/workers.ts';
import { type WorkItem, WorkQueue } from '../queue/work-queue.ts';
import { type Enqueue, enqueueOnChange, type OnKeyError, ownerKeyOf, type ToKey } from './event-handlers.ts';
import { DEFAULT_POLICY, type ErrorPolicy, type Result } from './result.ts';
import type { SyncGate } from './sync-gate.ts';

const DEFAULT_WORKERS = 1;

/** An object to reconcile. */
export interface Request<T> {
  readonly object: T;
  readonly key: ObjectKey;
  /** The number of consecutive failures. */
  readonly failures: number;
  /** A log that adds the object and the reconcile ID to each line. */
  readonly log: Logger;
}

/** Objects of another kind whose changes cause a reconcile. */
export interface Watched {
  /** Registers the functions that are called for each change, and for an error in the handling of one. */
  register(handlers: { readonly enqueue: Enqueue; readonly onError: OnKeyError }): void;
}

/** The options of a controller. */
export interface ControllerOptions<T extends KubernetesObject> {
  /** The name in metrics and logs, such as `memcached`. */
  readonly name: string;
  /** The kind of the reconciled objects, as in their manifests. */
  readonly kind: string;
  /** The reconciled objects. A change of one enqueues it. */
  readonly for: Cache<T>;
  /** The owned objects. A change of one enqueues its owner; without a controller of this kind, it enqueues its own name. */
  readonly owns?: readonly Cache<KubernetesObject>[];
  /** Other objects whose changes enqueue a key: see `watch`. */
  readonly watches?: readonly Watched[];
  /** The number of objects that are reconciled concurrently. One object is never reconciled twice at a time. */
  readonly workers?: number;
  /** Brings the cluster to the state that one object asks for. Without a result it is done. A rejection is retried. */
  readonly reconcile: (request: Request<T>) => Promise<Result | undefined>;
  /** How an error is retried; by default after 0.1 s, doubled up to a minute. */
  readonly errorPolicy?: ErrorPolicy;
  /** Called once an object is deleted. */
  readonly forget?: (key: ObjectKey) => void;
}

/** The dependencies of a controller. */
export interface ControllerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
  /** Delays reconciles in each namespace until its caches have synced. */
  readonly gate: Pick<SyncGate, 'isOpen'>;
}

/** Reconciles the objects of the keys that `toKey` returns, at each change of an object in a cache. */
export function watch<T extends KubernetesObject>(cache: Cache<T>, toKey: ToKey<T>): Watched {
  return { register: (handlers) => enqueueOnChange(cache, toKey, handlers) };
}

/** Reconciles the objects of one kind: event handlers add keys to its work queue, and workers process them. */
export class Controller<T extends KubernetesObject> {
  readonly #options: ControllerOptions<T>;
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue<ObjectKey>;

  constructor(options: ControllerOptions<T>, context: ControllerContext) {
    const { clock, random, metrics } = context;
    this.#options = options;
    this.#context = context;
    this.#queue = new WorkQueue({ clock, random, observer: metrics.queue });
    metrics.observeProcessing(() => this.#queue.processingMs);
    this.#register();
  }

  /** The number of reconciles in progress. */
  get processing(): number {
    return this.#queue.processing;
  }

  /** Enqueues every object of a namespace, or of all namespaces, once their caches have synced. */
  enqueueAll(namespace: string | undefined): number {
    const objects = [...this.#options.for.list()].filter(
      ({ metadata }) => (namespace ?? metadata.namespace) === metadata.namespace,
    );
    for (const object of objects) this.#queue.add(keyOf(object), 'caches synced');
    return objects.length;
  }

  /** Runs until the queue is shut down and all reconciles in progress have ended. */
  async run(): Promise<void> {
    const { workers = DEFAULT_WORKERS, errorPolicy } = this.#options;
    const { clock, log, metrics } = this.#context;
    log.info({ controller: this.#options.name, workers }, 'starting workers');
    metrics.workersStarted(workers);
    await runWorkers({
      queue: this.#queue,
      count: workers,
      clock,
      errorPolicy: errorPolicy ?? (() => DEFAULT_POLICY),
      observer: metrics.workers,
      reconcile: (item) => this.#reconcile(item),
      onFailure: ({ key, id, causes }, error, retryInMs) => {
        const fields = { ...splitObjectKey(key), reconcileId: id, causes, error, retryInMs: Math.round(retryInMs) };
        if (isConflict(error)) log.debug(fields, 'the cache is behind; retrying');
        else log.warn(fields, 'reconcile failed; retrying');
      },
    });
  }

  /** Shuts down the queue: no new reconcile starts. */
  shutDown(): void {
    this.#queue.shutDown();
  }

  #register(): void {
    const { for: objects, kind, owns = [], watches = [] } = this.#options;
    const enqueue: Enqueue = (key, cause) => {
      if (this.#context.gate.isOpen(splitObjectKey(key).namespace)) this.#queue.add(key, cause);
    };
    const onError: OnKeyError = (error, resource) => {
      this.#context.log.error(
        { controller: this.#options.name, resource, error },
        'cannot compute the key to reconcile; ignoring a change',
      );
    };
    const enqueueKnown: Enqueue = (key, cause) => {
      if (objects.get(key) !== undefined) enqueue(key, cause);
    };
    enqueueOnChange(objects, keyOf, { enqueue, onError });
    const handlers = { enqueue: enqueueKnown, onError };
    for (const owned of owns) enqueueOnChange(owned, ownerKeyOf(kind), handlers);
    for (const watched of watches) watched.register(handlers);
  }

  async #reconcile({ key, id, causes }: WorkItem<ObjectKey>): Promise<Result> {
    const { for: objects, reconcile, forget } = this.#options;
    const object = objects.get(key);
    if (object === undefined) {
      forget?.(key);
      return { type: 'done' };
    }
    this.#checkKind(object);
    const log = this.#context.log.child({ ...splitObjectKey(key), reconcileId: id, causes });
    const result = await reconcile({ object, key, failures: this.#queue.failures(key), log });
    return result ?? { type: 'done' };
  }

  /** Without the right kind, changes of owned objects would not be related to their owners. */
  #checkKind(object: T): void {
    const { name, kind } = this.#options;
    if (!('kind' in object) || object.kind === kind) return;
    throw new Error(
      `controller ${name} is set up for kind ${kind}, but its cache holds objects of kind ${String(object.kind)}`,
    );
  }
}
