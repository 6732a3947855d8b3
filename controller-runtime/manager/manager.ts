import { hostname } from 'node:os';
import type { Registry } from '@prometheus-io/client';
import type { KindOptions } from '../apply/builtin-kinds.ts';
import { AppliedCache } from '../cache/applied-cache.ts';
import { Cache, type CacheOptions } from '../cache/cache.ts';
import { Reflector } from '../cache/reflector.ts';
import { KubeClient } from '../client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../client/connection.ts';
import type { Random } from '../clock/backoff.ts';
import { type Clock, systemClock } from '../clock/clock.ts';
import { EventRecorder } from '../events/event-recorder.ts';
import { DEFAULT_LEASE_TIMING, LeaderElector } from '../leader-election/leader-elector.ts';
import { createJsonLogger } from '../logger/json-logger.ts';
import type { Logger } from '../logger/logger.ts';
import { controllerMetrics, createManagerMetrics, type ManagerMetrics } from '../metrics/metrics.ts';
import type { KubernetesObject } from '../object/object.ts';
import type { Resource } from '../object/resource.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { SyncGate } from './sync-gate.ts';

/** The time for reconciles in progress to end once the manager is stopped. */
const DRAIN_MS = 10_000;

/** The options of a manager. */
export interface ManagerOptions {
  /** The default is the cluster of the kubeconfig, or the one of the pod in which the process runs. */
  readonly connection?: ApiServerConnection;
  /** The default writes JSON lines to standard output. */
  readonly log?: Logger;
  /** The field manager of every write. */
  readonly fieldManager: string;
  /** The program and its version, for audit logs. The default is the field manager. */
  readonly userAgent?: string;
  /** The reporting controller of events, such as `example.com/memcached-operator`. The default is the field manager. */
  readonly reportingController?: string;
  /** The name of this replica. The default is the host name, which in a pod is the pod's name. */
  readonly instance?: string;
  /** The namespaces to watch; empty or undefined for all. */
  readonly namespaces?: readonly string[];
  /** The lease that elects the replica that writes. Without it, this process always writes. */
  readonly leaderElection?: { readonly namespace: string; readonly leaseName: string } | undefined;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Runs caches, controllers and leader election together, like controller-runtime's manager. */
export interface Manager {
  /** The client of all controllers. It writes only while this process is the leader. */
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  /** The metrics of the client, caches, queues and workers. */
  readonly registry: Registry;
  /** Creates a cache of a resource, which is kept up to date while the manager runs. */
  readonly cache: <T extends KubernetesObject>(resource: Resource, options?: CacheOptions<T>) => Cache<T>;
  /** All caches of this manager. */
  readonly caches: readonly CacheView[];
  /** Creates a cache of the objects of one kind that controllers apply, for an Applier. */
  readonly appliedCache: (kind: KindOptions) => AppliedCache;
  /** Adds a controller, which runs while the manager runs and is the leader. */
  readonly controller: <T extends KubernetesObject>(options: ControllerOptions<T>) => void;
  /** Says whether every cache holds a complete list, apart from optional ones whose list is forbidden. */
  hasSynced(): boolean;
  /** Whether `run` was called and has not ended. */
  readonly isRunning: boolean;
  /** Works until the signal fires, then ends what is under way; resolves to `lost` when leadership was lost instead. */
  run(signal: AbortSignal): Promise<'stopped' | 'lost'>;
}

/** A cache of any resource, for reading. */
export type CacheView = Pick<Cache<KubernetesObject>, 'resource' | 'labelSelector' | 'size' | 'get' | 'list'>;

interface Runner {
  readonly hasSynced: boolean;
  run(signal: AbortSignal): Promise<void>;
}

/** Creates a manager. Caches and controllers are added before it runs. */
export function createManager(options: ManagerOptions): Manager {
  const { fieldManager, userAgent = fieldManager, reportingController = fieldManager } = options;
  checkFieldManager(fieldManager);
  const { connection = new ApiServerConnection(loadKubeConfig()), log = createJsonLogger() } = options;
  const { instance = hostname(), clock = systemClock, random = Math.random } = options;
  const metrics = createManagerMetrics();
  const clientOptions = {
    connection,
    userAgent,
    fieldManager,
    clock,
    onResponse: (method: string, code: number) =>
      metrics.requestCompleted({ method, code, host: connection.server.host }),
  };
  const elector = createElector(options.leaderElection, new KubeClient(clientOptions), {
    instance,
    log,
    clock,
    metrics,
  });
  const client = new KubeClient({ ...clientOptions, mayWrite: () => elector?.isLeader() ?? true });
  const recorder = new EventRecorder({ client, clock, log, reporter: { controller: reportingController, instance } });
  const reflectors: Runner[] = [];
  const caches: CacheView[] = [];
  const controllers: Pick<Controller<never>, 'run' | 'shutDown' | 'enqueueAll' | 'processing'>[] = [];
  const gate = new SyncGate((namespace) => {
    for (const controller of controllers) {
      const objects = controller.enqueueAll(namespace);
      log.info({ namespace, objects }, 'caches are synced');
    }
  });

  const names = new Set<string>();
  let isStarted = false;
  let isRunning = false;
  const expectNotStarted = (what: string): void => {
    if (isStarted) throw new Error(`${what} after the manager was started: do so before run()`);
  };
  const addCache = <T extends KubernetesObject>(cache: Cache<T>): void => {
    const { resource, labelSelector, trim, isOptional } = cache;
    expectNotStarted(`the cache of ${resource.plural} was added`);
    caches.push(cache);
    for (const namespace of scopesOf(options)) {
      const selection = { resource, namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
      const observer = metrics.reflectors;
      const reflector = new Reflector({
        client,
        selection,
        store: cache,
        trim,
        isOptional,
        clock,
        random,
        log,
        observer,
      });
      gate.waitFor(namespace, reflector.synced);
      reflectors.push(reflector);
    }
  };

  const drain = async (working: Promise<unknown>): Promise<void> => {
    for (const controller of controllers) controller.shutDown();
    const isDrained = await Promise.race([working.then(() => true), delay(DRAIN_MS).then(() => false)]);
    const processing = controllers.reduce((sum, controller) => sum + controller.processing, 0);
    if (!isDrained) log.warn({ processing }, 'stopping while reconciles are still under way');
    await Promise.race([recorder.flush(), delay(DRAIN_MS)]);
  };

  return {
    client,
    recorder,
    clock,
    registry: metrics.registry,
    caches,
    cache: (resource, cacheOptions) => {
      const cache = new Cache(resource, cacheOptions);
      addCache(cache);
      return cache;
    },
    appliedCache: (kind) => {
      const cache = new AppliedCache(kind, fieldManager);
      addCache(cache);
      return cache;
    },
    controller: (controllerOptions) => {
      const { name } = controllerOptions;
      expectNotStarted(`controller ${name} was added`);
      if (names.has(name)) throw new Error(`there is a controller of the name ${name} already`);
      names.add(name);
      const context = { clock, random, log, gate, metrics: controllerMetrics(metrics, name) };
      controllers.push(new Controller(controllerOptions, context));
    },
    hasSynced: () => reflectors.every((reflector) => reflector.hasSynced),
    get isRunning() {
      return isRunning;
    },
    run: async (signal) => {
      expectNotStarted('run() was called');
      isStarted = true;
      isRunning = true;
      const reflecting = new AbortController();
      const running = reflectors.map((reflector) => reflector.run(reflecting.signal));
      await elector?.acquire(signal);
      const working = signal.aborted ? [] : controllers.map((controller) => controller.run());
      const end = signal.aborted ? 'stopped' : await (elector?.hold(signal) ?? fired(signal));
      if (end === 'lost') {
        // No time to drain: the new leader may write already. The client rejects writes in progress.
        for (const controller of controllers) controller.shutDown();
      } else {
        await drain(Promise.all(working));
        await elector?.release();
      }
      reflecting.abort();
      await Promise.all(running);
      connection.close();
      isRunning = false;
      return end;
    },
  };
}

/** Events would be refused with it, which name the reporting controller in this form. */
function checkFieldManager(fieldManager: string): void {
  if (/^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/.test(fieldManager)) return;
  throw new Error(
    `the field manager "${fieldManager}" is not a name of letters, digits, "-", "_" and ".", such as "website-operator"`,
  );
}

function scopesOf({ namespaces = [] }: ManagerOptions): readonly (string | undefined)[] {
  return namespaces.length === 0 ? [undefined] : namespaces;
}

function createElector(
  leaderElection: ManagerOptions['leaderElection'],
  client: KubeClient,
  { instance, log, clock, metrics }: { instance: string; log: Logger; clock: Clock; metrics: ManagerMetrics },
): LeaderElector | undefined {
  if (leaderElection === undefined) return undefined;
  const { namespace, leaseName } = leaderElection;
  metrics.leaderChanged(leaseName, false);
  return new LeaderElector({
    client,
    namespace,
    leaseName,
    // A pod's name outlives its container: the second part distinguishes a restarted process from the previous one.
    identity: `${instance}_${crypto.randomUUID()}`,
    timing: DEFAULT_LEASE_TIMING,
    clock,
    log,
    onChange: (isLeader) => metrics.leaderChanged(leaseName, isLeader),
  });
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
