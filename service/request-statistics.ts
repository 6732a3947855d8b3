/** Upper bounds of the histogram's buckets, in seconds; answers take microseconds, so the first bounds are close. */
export const BUCKETS_SECONDS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
] as const;

/** The answered requests of one route, method and status. */
export interface Series {
  route: string;
  method: string;
  status: number;
  count: number;
  sumSeconds: number;
  /** The number of durations in each of BUCKETS_SECONDS, not cumulative. */
  buckets: number[];
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The label of a method: the method if it is a common one, else `other`, so that clients cannot create series. */
export function labelMethod(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : 'other';
}

/** Counts requests from the first one on, so that the metrics library is not needed before the first scrape. */
export class RequestStatistics {
  readonly #series = new Map<string, Map<string, Map<number, Series>>>();
  readonly #refused = new Map<number, number>();
  #evicted = 0;

  /** Adds one answered request. The caller keeps the label sets closed. */
  observe(route: string, method: string, status: number, seconds: number): void {
    const series = this.#series.get(route)?.get(method)?.get(status) ?? this.#open(route, method, status);
    series.count += 1;
    series.sumSeconds += seconds;
    const bucket = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** Adds one unreadable request, which has no route, method or duration. */
  refuse(status: number): void {
    this.#refused.set(status, (this.#refused.get(status) ?? 0) + 1);
  }

  /** Adds one evicted connection. */
  evict(): void {
    this.#evicted += 1;
  }

  /** All series so far, in order of their first request. */
  *series(): Generator<Readonly<Series>> {
    for (const methods of this.#series.values()) {
      for (const statuses of methods.values()) yield* statuses.values();
    }
  }

  /** The number of unreadable requests by the status of the response. */
  refused(): ReadonlyMap<number, number> {
    return this.#refused;
  }

  /** The number of connections that were closed because too many were open. */
  evicted(): number {
    return this.#evicted;
  }

  #open(route: string, method: string, status: number): Series {
    const series = { route, method, status, count: 0, sumSeconds: 0, buckets: BUCKETS_SECONDS.map(() => 0) };
    const methods = this.#series.get(route) ?? new Map<string, Map<number, Series>>();
    const statuses = methods.get(method) ?? new Map<number, Series>();
    this.#series.set(route, methods.set(method, statuses.set(status, series)));
    return series;
  }
}
