import { collectDefaultMetrics, Counter, Gauge, type Histogram, Registry } from '@prometheus-io/client';
import { BUCKETS_SECONDS, type RequestStatistics, type Series } from './request-statistics.ts';

/** The metrics of the process in the Prometheus text format. */
export interface Exposition {
  contentType: string;
  format: () => Promise<string>;
}

interface Sample {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

const DURATION = 'http_request_duration_seconds';

/** The maximum delay of a Node timer: three and a half weeks. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;
/** Shorter than the usual scrape interval. */
const UTILIZATION_INTERVAL_MS = 10_000;

/** Exposes the statistics through the metrics library. Process metrics start with this call. */
export function createExposition(statistics: RequestStatistics, version: string): Exposition {
  const registry = new Registry();
  const buildInfo = new Gauge({
    name: 'temperature_converter_build_info',
    help: 'Always 1; the label is the running version.',
    labelNames: ['version'],
    registers: [],
  });
  registry.registerMetric(buildInfo);
  buildInfo.set({ version }, 1);
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests by the status that was sent, or 499 if the client disconnected before the response.',
    labelNames: ['route', 'method', 'status'],
    registers: [],
    collect() {
      this.reset();
      for (const { route, method, status, count } of statistics.series()) this.inc({ route, method, status }, count);
    },
  });
  registry.registerMetric(requests);
  const unreadable = new Counter({
    name: 'http_unreadable_requests_total',
    help: 'Requests that were malformed, too large or too slow, by the status of the response.',
    labelNames: ['status'],
    registers: [],
    collect() {
      this.reset();
      for (const [status, count] of statistics.refused()) this.inc({ status }, count);
    },
  });
  registry.registerMetric(unreadable);
  const evicted = new Counter({
    name: 'http_evicted_connections_total',
    help: 'Connections that were closed because too many were open.',
    registers: [],
    collect() {
      this.reset();
      this.inc(statistics.evicted());
    },
  });
  registry.registerMetric(evicted);
  const durations = {
    name: DURATION,
    get: () =>
      Promise.resolve({
        name: DURATION,
        help: 'Time from the head of a request until its response is sent.',
        type: 'histogram',
        values: [...statistics.series()].flatMap(sampleHistogram),
      }),
  };
  // The library's histogram can only observe single values. The registry reads only these two properties of a metric.
  registry.registerMetric(durations as unknown as Histogram);
  collectProcessMetrics(registry);
  return { contentType: registry.contentType, format: () => registry.metrics() };
}

/**
 * By default the library wakes the process 110 times a second to sample the event loop, which is most of the cost of an idle
 * process. So its utilization is sampled less often, its delay is not sampled, and the metrics of the delay are removed.
 */
function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({
    register: registry,
    eventLoopUtilizationTimeout: UTILIZATION_INTERVAL_MS,
    eventLoopMonitoringPrecision: MAX_INTERVAL_MS,
  });
  for (const statistic of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']) {
    registry.removeSingleMetric(`nodejs_eventloop_lag_${statistic}_seconds`);
  }
}

function sampleHistogram({ route, method, status, count, sumSeconds, buckets }: Series): Sample[] {
  const labels = { route, method, status };
  let upToBound = 0;
  return [
    ...BUCKETS_SECONDS.map((le, index) => {
      upToBound += buckets[index] ?? 0;
      return { metricName: `${DURATION}_bucket`, labels: { ...labels, le }, value: upToBound };
    }),
    { metricName: `${DURATION}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${DURATION}_sum`, labels, value: sumSeconds },
    { metricName: `${DURATION}_count`, labels, value: count },
  ];
}
