import type { ConverterDefaults } from './children/children.ts';
import { CONVERTER_POD_SELECTOR } from './children/labels.ts';
import { KubeClient } from '../controller-runtime/client/client.ts';
import type { ApiServerConnection } from '../controller-runtime/client/connection.ts';
import { isConflict } from '../controller-runtime/client/errors.ts';
import { keyOf, type KubernetesObject, type ObjectKey, splitObjectKey } from '../controller-runtime/object/object.ts';
import type { Resource } from '../controller-runtime/object/resource.ts';
import type { Random } from '../controller-runtime/clock/backoff.ts';
import type { Clock } from '../controller-runtime/clock/clock.ts';
import { EventRecorder } from '../controller-runtime/events/event-recorder.ts';
import { DEFAULT_LEASE_TIMING, LeaderElector } from '../controller-runtime/leader-election/leader-elector.ts';
import type { Logger } from '../controller-runtime/logger/logger.ts';
import { type ControllerMetrics, createControllerMetrics } from '../controller-runtime/metrics/metrics.ts';
import type { ObjectStore } from '../controller-runtime/cache/object-store.ts';
import { Reflector } from '../controller-runtime/cache/reflector.ts';
import { runWorkers } from '../controller-runtime/queue/workers.ts';
import { WorkQueue } from '../controller-runtime/queue/work-queue.ts';
import { trimPod } from './status/cached-pod.ts';
import {
  CHILD_KINDS,
  CHILDREN,
  type Caches,
  createCaches,
  PODS,
  TEMPERATURE_CONVERTERS,
  trimConverter,
} from './caches.ts';
import { TRANSIENT } from './status/failure.ts';
import { Reconciler } from './reconciler.ts';
import { SyncGate } from '../controller-runtime/manager/sync-gate.ts';
import { wakeOnChanges } from './event-handlers.ts';

/** The controller's name in metrics. */
const CONTROLLER = 'temperatureconverter';
/** How events name this controller. */
const REPORTING_CONTROLLER = 'temperature-converter.io/operator';
/** How long reconciles in work may take to end once the operator is told to stop. */
const DRAIN_MS = 10_000;

/** What an operator needs. */
export interface OperatorOptions {
  readonly connection: ApiServerConnection;
  readonly defaults: ConverterDefaults;
  /** Empty for all. */
  readonly watchNamespaces: readonly string[];
  readonly workers: number;
  readonly leaderElection: { readonly namespace: string; readonly leaseName: string } | undefined;
  readonly instance: string;
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** An operator that has not been started yet. */
export interface Operator {
  readonly metrics: ControllerMetrics;
  /** Says whether every cache holds a complete list. */
  hasSynced(): boolean;
  /** Works until the signal fires, then ends what is in work; resolves to `lost` when leadership was lost instead. */
  run(signal: AbortSignal): Promise<'stopped' | 'lost'>;
}

/** Puts the operator's parts together. */
export function createOperator(options: OperatorOptions): Operator {
  const { connection, log, version, clock, random } = options;
  const metrics = createControllerMetrics(CONTROLLER);
  const clientOptions = {
    connection,
    userAgent: `temperature-converter-operator/${version}`,
    onAnswer: (method: string, code: number) => metrics.requestAnswered({ method, code, host: connection.server.host }),
  };
  const elector = createElector(options, new KubeClient(clientOptions), metrics);
  const client = new KubeClient({ ...clientOptions, mayWrite: () => elector?.isLeader() ?? true });
  const caches = createCaches();
  const queue = new WorkQueue<ObjectKey>({ clock, random, observer: metrics.queue });
  metrics.watchWork(() => queue.workedMs);
  const reporter = { controller: REPORTING_CONTROLLER, instance: options.instance };
  const recorder = new EventRecorder({ client, clock, log, reporter });
  const reconciler = new Reconciler({
    client,
    caches,
    recorder,
    log,
    clock,
    defaults: options.defaults,
    failuresOf: (key) => queue.failures(key),
  });
  const gate = new SyncGate((scope) => {
    const converters = [...caches.converters.list()].filter(
      ({ metadata }) => (scope ?? metadata.namespace) === metadata.namespace,
    );
    log.info({ namespace: scope, resources: converters.length }, 'caches are synced');
    for (const converter of converters) queue.add(keyOf(converter), 'caches synced');
  });
  wakeOnChanges(caches, (key, cause) => {
    if (gate.isOpen(splitObjectKey(key).namespace)) queue.add(key, cause);
  });
  const reflectors = createReflectors(options, { client, caches, metrics, gate });

  const work = async (): Promise<void> => {
    log.info({ workers: options.workers }, 'starting workers');
    metrics.workersStarted(options.workers);
    await runWorkers({
      queue,
      count: options.workers,
      clock,
      backoff: TRANSIENT,
      observer: metrics.workers,
      reconcile: (item) => reconciler.reconcile(item),
      onFailure: ({ key, id, causes }, error, retryInMs) => {
        const fields = { ...splitObjectKey(key), reconcileId: id, causes, error, retryInMs: Math.round(retryInMs) };
        if (isConflict(error)) log.debug(fields, 'the cache is behind; retrying');
        else log.warn(fields, 'reconcile failed; retrying');
      },
    });
  };

  const drain = async (working: Promise<void>): Promise<void> => {
    queue.shutDown();
    const isDrained = await Promise.race([working.then(() => true), delay(DRAIN_MS).then(() => false)]);
    if (!isDrained) log.warn({ inWork: queue.processing }, 'reconciles are still in work; going without them');
    await Promise.race([recorder.flush(), delay(DRAIN_MS)]);
  };

  return {
    metrics,
    hasSynced: () => reflectors.every((reflector) => reflector.hasSynced),
    run: async (signal) => {
      const reflecting = new AbortController();
      const running = reflectors.map((reflector) => reflector.run(reflecting.signal));
      await elector?.acquire(signal);
      const working = signal.aborted ? Promise.resolve() : work();
      const end = signal.aborted ? 'stopped' : await (elector?.hold(signal) ?? fired(signal));
      if (end === 'lost') {
        // No time to drain: whoever took over may write already. What is in work fails at the fence.
        queue.shutDown();
      } else {
        await drain(working);
        await elector?.release();
      }
      reflecting.abort();
      await Promise.all(running);
      connection.close();
      return end;
    },
  };
}

function createElector(
  { leaderElection, instance, log, clock }: OperatorOptions,
  client: KubeClient,
  metrics: ControllerMetrics,
): LeaderElector | undefined {
  if (leaderElection === undefined) return undefined;
  const { namespace, leaseName } = leaderElection;
  metrics.leaderChanged(leaseName, false);
  return new LeaderElector({
    client,
    namespace,
    leaseName,
    // A pod's name outlives its container: the second part tells a restarted process from the one before.
    identity: `${instance}_${crypto.randomUUID()}`,
    timing: DEFAULT_LEASE_TIMING,
    clock,
    log,
    onChange: (isLeader) => metrics.leaderChanged(leaseName, isLeader),
  });
}

interface Runner {
  readonly hasSynced: boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** One reflector for each kind and watched namespace. */
function createReflectors(
  { watchNamespaces, log, clock, random }: OperatorOptions,
  { client, caches, metrics, gate }: { client: KubeClient; caches: Caches; metrics: ControllerMetrics; gate: SyncGate },
): readonly Runner[] {
  const scopes = watchNamespaces.length === 0 ? [undefined] : watchNamespaces;
  const reflect = <T extends KubernetesObject>(
    resource: Resource,
    store: ObjectStore<T>,
    trim: (object: T) => T,
    labelSelector?: string,
  ): readonly Runner[] =>
    scopes.map((namespace) => {
      const selection = { resource, namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
      const observer = metrics.reflectors;
      const reflector = new Reflector({ client, selection, store, trim, clock, random, log, observer });
      gate.waitFor(namespace, reflector.synced);
      return reflector;
    });
  return [
    ...reflect(TEMPERATURE_CONVERTERS, caches.converters, trimConverter),
    ...CHILD_KINDS.flatMap((kind) => reflect(CHILDREN[kind].resource, caches.children[kind], CHILDREN[kind].trim)),
    ...reflect(PODS, caches.pods, trimPod, CONVERTER_POD_SELECTOR),
  ];
}

function fired(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    else signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
}

/** A delay that does not keep the process alive. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
