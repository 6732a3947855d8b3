import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { ReflectorObserver } from '../cache/reflector.ts';
import { RECONCILE_RESULTS, type WorkersObserver } from '../queue/workers.ts';
import type { WorkQueueObserver } from '../queue/work-queue.ts';

/** controller-runtime's buckets for the duration of a reconcile, in seconds. */
const RECONCILE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Buckets for the time in a work queue and in processing, in seconds. */
const QUEUE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** The maximum delay of a Node timer: 24.8 days. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;
/** Shorter than the usual interval between scrapes. */
const UTILIZATION_INTERVAL_MS = 10_000;

/** The metrics of one controller, with the names of controller-runtime and client-go, so that their dashboards work. */
export interface ControllerMetrics {
  readonly queue: WorkQueueObserver;
  readonly workers: WorkersObserver;
  /** Registers a function that returns, at each scrape, the processing time of each key in milliseconds. */
  observeProcessing(processingMs: () => readonly number[]): void;
  workersStarted(count: number): void;
}

/** The metrics that all controllers of a process share, including process metrics. */
export interface ManagerMetrics {
  readonly registry: Registry;
  readonly reflectors: ReflectorObserver;
  requestCompleted(request: { method: string; code: number; host: string }): void;
  leaderChanged(lease: string, isLeader: boolean): void;
}

/** Creates the metrics of a process. */
export function createManagerMetrics(): ManagerMetrics {
  const registry = new Registry();
  collectProcessMetrics(registry);
  return { registry, ...clientMetrics(registry) };
}

/** Adds the metrics of a controller. Its name is unique within the process. */
export function controllerMetrics({ registry }: ManagerMetrics, name: string): ControllerMetrics {
  return { ...queueMetrics(registry, name), ...workerMetrics(registry, name) };
}

/**
 * By default, the library samples the event loop 110 times per second, which is most of the CPU time of an idle process.
 * Sample its utilization less often, and omit the metrics of its lag.
 */
function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({
    register: registry,
    eventLoopUtilizationTimeout: UTILIZATION_INTERVAL_MS,
    eventLoopMonitoringPrecision: LONGEST_INTERVAL_MS,
  });
  for (const statistic of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']) {
    registry.removeSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
  }
}

function queueMetrics(registry: Registry, name: string): Pick<ControllerMetrics, 'queue' | 'observeProcessing'> {
  const named = (metric: string, help: string) => ({
    name: `workqueue_${metric}`,
    help,
    labelNames: ['name' as const, 'controller' as const],
    registers: [registry],
  });
  const values = { name, controller: name };
  const depth = new Gauge(named('depth', 'Current number of keys in the work queue.'));
  const adds = new Counter(named('adds_total', 'Keys added to the work queue.'));
  const retries = new Counter(named('retries_total', 'Keys requeued after a failure.'));
  const waited = new Histogram({
    ...named('queue_duration_seconds', 'How long a key waits in the work queue before it is processed.'),
    buckets: QUEUE_SECONDS,
  });
  const worked = new Histogram({
    ...named('work_duration_seconds', 'How long it takes to process a key.'),
    buckets: QUEUE_SECONDS,
  });
  depth.set(values, 0);
  // Initialized to 0: a rate needs a sample before the first increment.
  retries.inc(values, 0);
  return {
    queue: {
      added: () => adds.inc(values),
      retried: () => retries.inc(values),
      depth: (length) => depth.set(values, length),
      taken: (waitedMs) => waited.observe(values, waitedMs / 1000),
      done: (processingMs) => worked.observe(values, processingMs / 1000),
    },
    observeProcessing: (processingMs) => {
      const gauge = (metric: string, help: string, compute: (seconds: readonly number[]) => number) =>
        new Gauge({
          ...named(metric, help),
          collect() {
            this.set(values, compute(processingMs().map((ms) => ms / 1000)));
          },
        });
      gauge(
        'unfinished_work_seconds',
        'Sum of the time that keys have been in processing; grows if a reconcile is stuck.',
        sum,
      );
      gauge('longest_running_processor_seconds', 'The longest time that a key has been in processing.', longest);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function longest(values: readonly number[]): number {
  return Math.max(0, ...values);
}

function workerMetrics(registry: Registry, controller: string): Pick<ControllerMetrics, 'workers' | 'workersStarted'> {
  const named = (name: string, help: string) => ({
    name: `controller_runtime_${name}`,
    help,
    labelNames: ['controller' as const],
    registers: [registry],
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  const errors = new Counter(named('reconcile_errors_total', 'Reconciles that ended in an error.'));
  const seconds = new Histogram({
    ...named('reconcile_time_seconds', 'Duration of a reconcile.'),
    buckets: RECONCILE_SECONDS,
  });
  const active = new Gauge(named('active_workers', 'Workers that are reconciling.'));
  const most = new Gauge(named('max_concurrent_reconciles', 'Number of workers.'));
  active.set({ controller }, 0);
  errors.inc({ controller }, 0);
  for (const result of RECONCILE_RESULTS) total.inc({ controller, result }, 0);
  return {
    workers: {
      started: () => active.inc({ controller }),
      finished: (result, tookMs) => {
        active.dec({ controller });
        total.inc({ controller, result });
        seconds.observe({ controller }, tookMs / 1000);
        if (result === 'error') errors.inc({ controller });
      },
    },
    workersStarted: (count) => most.set({ controller }, count),
  };
}

function clientMetrics(registry: Registry): Pick<ManagerMetrics, 'reflectors' | 'requestCompleted' | 'leaderChanged'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method, HTTP status and host; <error> if there is no response.',
    labelNames: ['method', 'code', 'host'],
    registers,
  });
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 if this process holds the lease, else 0.',
    labelNames: ['name'],
    registers,
  });
  const byResource = (name: string, help: string) => ({ name, help, labelNames: ['resource' as const], registers });
  const lists = new Counter(byResource('reflector_lists_total', 'Lists started.'));
  const watches = new Counter(byResource('reflector_watches_total', 'Watches started.'));
  const events = new Counter(byResource('reflector_watch_events_total', 'Watch events received.'));
  return {
    reflectors: {
      listed: (resource) => lists.inc({ resource }),
      watched: (resource) => watches.inc({ resource }),
      event: (resource) => events.inc({ resource }),
    },
    requestCompleted: ({ method, code, host }) =>
      requests.inc({ method, code: code === 0 ? '<error>' : String(code), host }),
    leaderChanged: (name, isLeader) => leader.set({ name }, isLeader ? 1 : 0),
  };
}
