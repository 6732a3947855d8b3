import { describe, expect, it } from '@jest/globals';
import { type ControllerMetrics, controllerMetrics, createManagerMetrics, type ManagerMetrics } from './metrics.ts';

type Metrics = ControllerMetrics & ManagerMetrics;

function createMetrics(name: string): Metrics {
  const metrics = createManagerMetrics();
  return { ...metrics, ...controllerMetrics(metrics, name) };
}

/** Returns the samples of one metric in the text exposition format. */
async function samplesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name}_`));
}

describe('the metrics', () => {
  // The names and labels that controller-runtime's dashboards and alerts use.
  it.each<[string, (metrics: Metrics) => void, string]>([
    ['workqueue_depth', ({ queue }) => queue.depth(3), 'workqueue_depth{name="thing",controller="thing"} 3'],
    ['workqueue_adds_total', ({ queue }) => queue.added(), 'workqueue_adds_total{name="thing",controller="thing"} 1'],
    [
      'workqueue_retries_total',
      ({ queue }) => queue.retried(),
      'workqueue_retries_total{name="thing",controller="thing"} 1',
    ],
    [
      'workqueue_queue_duration_seconds',
      ({ queue }) => queue.taken(250),
      'workqueue_queue_duration_seconds_sum{name="thing",controller="thing"} 0.25',
    ],
    [
      'workqueue_work_duration_seconds',
      ({ queue }) => queue.done(250),
      'workqueue_work_duration_seconds_sum{name="thing",controller="thing"} 0.25',
    ],
    [
      'workqueue_unfinished_work_seconds',
      (metrics) => metrics.observeProcessing(() => [1500, 250, 3000]),
      'workqueue_unfinished_work_seconds{name="thing",controller="thing"} 4.75',
    ],
    [
      'workqueue_longest_running_processor_seconds',
      (metrics) => metrics.observeProcessing(() => [1500, 3000, 250]),
      'workqueue_longest_running_processor_seconds{name="thing",controller="thing"} 3',
    ],
    [
      'controller_runtime_reconcile_total',
      ({ workers }) => workers.finished('requeue_after', 5),
      'controller_runtime_reconcile_total{controller="thing",result="requeue_after"} 1',
    ],
    [
      'controller_runtime_reconcile_errors_total',
      ({ workers }) => workers.finished('error', 5),
      'controller_runtime_reconcile_errors_total{controller="thing"} 1',
    ],
    [
      'controller_runtime_reconcile_time_seconds',
      ({ workers }) => workers.finished('success', 250),
      'controller_runtime_reconcile_time_seconds_sum{controller="thing"} 0.25',
    ],
    [
      'controller_runtime_active_workers',
      ({ workers }) => workers.started(),
      'controller_runtime_active_workers{controller="thing"} 1',
    ],
    [
      'controller_runtime_max_concurrent_reconciles',
      (metrics) => metrics.workersStarted(10),
      'controller_runtime_max_concurrent_reconciles{controller="thing"} 10',
    ],
    [
      'rest_client_requests_total',
      (metrics) => metrics.requestCompleted({ method: 'PATCH', code: 409, host: 'here:6443' }),
      'rest_client_requests_total{method="PATCH",code="409",host="here:6443"} 1',
    ],
    [
      'rest_client_requests_total',
      (metrics) => metrics.requestCompleted({ method: 'GET', code: 0, host: 'here:6443' }),
      'rest_client_requests_total{method="GET",code="<error>",host="here:6443"} 1',
    ],
    [
      'leader_election_master_status',
      (metrics) => metrics.leaderChanged('operator', true),
      'leader_election_master_status{name="operator"} 1',
    ],
    [
      'reflector_lists_total',
      ({ reflectors }) => reflectors.listed('pods'),
      'reflector_lists_total{resource="pods"} 1',
    ],
    [
      'reflector_watches_total',
      ({ reflectors }) => reflectors.watched('pods'),
      'reflector_watches_total{resource="pods"} 1',
    ],
    [
      'reflector_watch_events_total',
      ({ reflectors }) => reflectors.event('pods'),
      'reflector_watch_events_total{resource="pods"} 1',
    ],
  ])('include %s', async (name, happen, sample) => {
    const metrics = createMetrics('thing');
    happen(metrics);
    expect(await samplesOf(metrics, name)).toContain(sample);
  });

  it('start with 0 if alerts need it', async () => {
    const text = await createMetrics('thing').registry.metrics();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'workqueue_depth{name="thing",controller="thing"} 0',
        'controller_runtime_active_workers{controller="thing"} 0',
        'controller_runtime_reconcile_errors_total{controller="thing"} 0',
        'controller_runtime_reconcile_total{controller="thing",result="success"} 0',
        'controller_runtime_reconcile_total{controller="thing",result="requeue_after"} 0',
        'controller_runtime_reconcile_total{controller="thing",result="error"} 0',
      ]),
    );
  });

  it('have a processing time of 0 if no key is processed', async () => {
    const metrics = createMetrics('thing');
    metrics.observeProcessing(() => []);
    const text = await metrics.registry.metrics();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'workqueue_unfinished_work_seconds{name="thing",controller="thing"} 0',
        'workqueue_longest_running_processor_seconds{name="thing",controller="thing"} 0',
      ]),
    );
  });

  it('count a reconcile by its result, and decrement the active workers', async () => {
    const metrics = createMetrics('thing');
    metrics.workers.started();
    metrics.workers.finished('success', 5);
    metrics.leaderChanged('operator', true);
    metrics.leaderChanged('operator', false);
    const text = await metrics.registry.metrics();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'controller_runtime_reconcile_total{controller="thing",result="success"} 1',
        'controller_runtime_reconcile_errors_total{controller="thing"} 0',
        'controller_runtime_active_workers{controller="thing"} 0',
        'leader_election_master_status{name="operator"} 0',
      ]),
    );
  });

  it.each([
    [
      'controller_runtime_reconcile_time_seconds',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    ],
    ['workqueue_queue_duration_seconds', [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]],
    ['workqueue_work_duration_seconds', [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]],
  ])('have buckets for %s', async (name, buckets) => {
    const metrics = createMetrics('thing');
    metrics.workers.finished('success', 1);
    metrics.queue.taken(1);
    metrics.queue.done(1);
    const samples = await samplesOf(metrics, name);
    const bounds = samples.flatMap((line) => /le="([^"]+)"/.exec(line)?.[1] ?? []);
    expect(bounds).toEqual([...buckets.map(String), '+Inf']);
  });

  it('include process metrics, and are separate for each controller', async () => {
    const [one, two] = [createMetrics('one'), createMetrics('two')];
    one.queue.added();
    expect(await samplesOf(two, 'workqueue_adds_total')).toEqual([]);
    const text = await two.registry.metrics();
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('nodejs_eventloop_utilization');
    // The event loop lag is not sampled.
    expect(text).not.toContain('nodejs_eventloop_lag_p99');
  });
});
