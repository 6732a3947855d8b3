import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { ReflectorObserver } from '../cache/reflector.ts';
import { RECONCILE_RESULTS, type WorkersObserver } from '../queue/workers.ts';
import type { WorkQueueObserver } from '../queue/work-queue.ts';

/** controller-runtime's buckets for the time of a reconcile, in seconds. */
const RECONCILE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Buckets for the time in a work queue and in work, in seconds. */
const QUEUE_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** The longest that a timer of Node waits: three and a half weeks. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;
/** Shorter than the usual interval between scrapes. */
const UTILIZATION_INTERVAL_MS = 10_000;

/** The metrics of one controller, named as controller-runtime and client-go name theirs, so that dashboards fit. */
export interface ControllerMetrics {
  readonly queue: WorkQueueObserver;
  readonly workers: WorkersObserver;
  /** Takes from where to read, at each scrape, for how long each key that is in work has been, in milliseconds. */
  observeProcessing(processingMs: () => readonly number[]): void;
  workersStarted(count: number): void;
}

/** The metrics that all controllers of a process share, those of the process included. */
export interface ManagerMetrics {
  readonly registry: Registry;
  readonly reflectors: ReflectorObserver;
  requestAnswered(request: { method: string; code: number; host: string }): void;
  leaderChanged(lease: string, isLeader: boolean): void;
}

/** Makes the metrics of a process. */
export function createManagerMetrics(): ManagerMetrics {
  const registry = new Registry();
  collectProcessMetrics(registry);
  return { registry, ...clientMetrics(registry) };
}

/** Adds the metrics of a controller of that name, which no other of the process has. */
export function controllerMetrics({ registry }: ManagerMetrics, name: string): ControllerMetrics {
  return { ...queueMetrics(registry, name), ...workerMetrics(registry, name) };
}

/**
 * Left to itself the library wakes the process 110 times a second to sample the event loop, which is most of what one at
 * rest costs. The loop's utilization is sampled more seldom; its delay is not, and what is made of those samples left out.
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
  const depth = new Gauge(named('depth', 'Keys that wait in the work queue.'));
  const adds = new Counter(named('adds_total', 'Keys added to the work queue.'));
  const retries = new Counter(named('retries_total', 'Keys added again after a failure.'));
  const waited = new Histogram({
    ...named('queue_duration_seconds', 'How long a key waits in the work queue before it is taken.'),
    buckets: QUEUE_SECONDS,
  });
  const worked = new Histogram({
    ...named('work_duration_seconds', 'How long a key is worked on.'),
    buckets: QUEUE_SECONDS,
  });
  depth.set(values, 0);
  // A counter that begins to exist with its first event loses it: a rate needs a sample before.
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
      gauge('unfinished_work_seconds', 'How long all keys in work have been, in sum; grows where work is stuck.', sum);
      gauge('longest_running_processor_seconds', 'How long the key that is longest in work has been.', longest);
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
    help: 'Reconciles by how they ended.',
    labelNames: ['controller', 'result'],
    registers: [registry],
  });
  const errors = new Counter(named('reconcile_errors_total', 'Reconciles that ended in an error.'));
  const seconds = new Histogram({
    ...named('reconcile_time_seconds', 'How long a reconcile takes.'),
    buckets: RECONCILE_SECONDS,
  });
  const active = new Gauge(named('active_workers', 'Workers in a reconcile.'));
  const most = new Gauge(named('max_concurrent_reconciles', 'Workers there are.'));
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

function clientMetrics(registry: Registry): Pick<ManagerMetrics, 'reflectors' | 'requestAnswered' | 'leaderChanged'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method, HTTP status and host; <error> where no answer came.',
    labelNames: ['method', 'code', 'host'],
    registers,
  });
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process holds the lease, else 0.',
    labelNames: ['name'],
    registers,
  });
  const byResource = (name: string, help: string) => ({ name, help, labelNames: ['resource' as const], registers });
  const lists = new Counter(byResource('reflector_lists_total', 'Lists begun.'));
  const watches = new Counter(byResource('reflector_watches_total', 'Watches begun.'));
  const events = new Counter(byResource('reflector_watch_events_total', 'Watch events received.'));
  return {
    reflectors: {
      listed: (resource) => lists.inc({ resource }),
      watched: (resource) => watches.inc({ resource }),
      event: (resource) => events.inc({ resource }),
    },
    requestAnswered: ({ method, code, host }) =>
      requests.inc({ method, code: code === 0 ? '<error>' : String(code), host }),
    leaderChanged: (name, isLeader) => leader.set({ name }, isLeader ? 1 : 0),
  };
}
