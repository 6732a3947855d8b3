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

/** An object that is to be reconciled. */
export interface Request<T> {
  readonly object: T;
  readonly key: ObjectKey;
  /** How often it has failed in a row. */
  readonly failures: number;
  /** Names the object and this reconcile in each line. */
  readonly log: Logger;
}

/** Another kind of object whose changes cause a reconcile. */
export interface Watched {
  /** Registers the functions that are called for each change, and for an error in the handling of one. */
  register(handlers: { readonly enqueue: Enqueue; readonly onError: OnKeyError }): void;
}

/** What a controller is about. */
export interface ControllerOptions<T extends KubernetesObject> {
  /** In metrics and logs, such as `memcached`. */
  readonly name: string;
  /** The kind of the objects that it reconciles, as in their manifests. */
  readonly kind: string;
  /** The objects that it reconciles, each at every change of it. */
  readonly for: Cache<T>;
  /** The objects that those own: a change of one reconciles its owner, and so does what is in the way of an owner's name. */
  readonly owns?: readonly Cache<KubernetesObject>[];
  /** Other objects, each with the key of what its change reconciles: see `watch`. */
  readonly watches?: readonly Watched[];
  /** How many objects are reconciled at once; an object never twice. */
  readonly workers?: number;
  /** Brings the cluster to the state that one object asks for. Without a result it is done. A rejection is retried. */
  readonly reconcile: (request: Request<T>) => Promise<Result | undefined>;
  /** How an error is retried; by default after 0.1 s, doubled up to a minute. */
  readonly errorPolicy?: ErrorPolicy;
  /** Called when an object is gone. */
  readonly forget?: (key: ObjectKey) => void;
}

/** What a controller runs with. */
export interface ControllerContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: ControllerMetrics;
  /** Holds back the work in each namespace until its caches are complete. */
  readonly gate: Pick<SyncGate, 'isOpen'>;
}

/** Reconciles the objects of the keys that `toKey` returns, at each change of an object in a cache. */
export function watch<T extends KubernetesObject>(cache: Cache<T>, toKey: ToKey<T>): Watched {
  return { register: (handlers) => enqueueOnChange(cache, toKey, handlers) };
}

/** Reconciles the objects of one kind: event handlers fill its work queue, workers empty it. */
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

  /** How many reconciles are under way. */
  get processing(): number {
    return this.#queue.processing;
  }

  /** Enqueues every object of a namespace, or of all: their caches are complete. */
  enqueueAll(namespace: string | undefined): number {
    const objects = [...this.#options.for.list()].filter(
      ({ metadata }) => (namespace ?? metadata.namespace) === metadata.namespace,
    );
    for (const object of objects) this.#queue.add(keyOf(object), 'caches synced');
    return objects.length;
  }

  /** Works until the queue is shut down and what is under way has ended. */
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

  /** Starts no reconcile any more. */
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
        'cannot tell what to reconcile; ignoring a change',
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
