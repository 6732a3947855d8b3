import type { Scaling } from './scaling.ts';
import type { Traffic } from './traffic.ts';

/** What was measured in one second of a run; a field is undefined if it was not measured in that second. */
export interface Sample {
  /** Seconds since the begin of the run. */
  readonly seconds: number;
  readonly requestsPerSecond?: number | undefined;
  readonly failuresPerSecond?: number | undefined;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly cpuPercent?: number | undefined;
  readonly targetPercent?: number | undefined;
  readonly wantedReplicas?: number | undefined;
  readonly readyReplicas?: number | undefined;
}

/** A run: which converter, and one sample for each second in which something was measured, in order. */
export interface LoadRun {
  /** NAMESPACE/NAME. */
  readonly converter: string;
  readonly connections: number;
  readonly begunAt: Date;
  readonly samples: readonly Sample[];
}

/** The connections of a run in words: `1 connection`, `24 connections`. */
export function describeConnections({ connections }: LoadRun): string {
  return connections === 1 ? '1 connection' : `${connections} connections`;
}

/** Collects the measurements of a run on one time axis. */
export class RunRecorder {
  readonly #samples = new Map<number, Sample>();
  readonly #converter: string;
  readonly #connections: number;
  readonly #now: () => number;
  readonly #begunMs: number;
  /** The second of the run at which the pod began to send; set by its first line. */
  #trafficOffset: number | undefined;
  #requests = 0;
  #failures = 0;
  #firstFailure: string | undefined;
  #scaling: Scaling | undefined;

  /** `now` returns milliseconds since 1970. */
  constructor(converter: string, connections: number, now: () => number) {
    this.#converter = converter;
    this.#connections = connections;
    this.#now = now;
    this.#begunMs = now();
  }

  get run(): LoadRun {
    return {
      converter: this.#converter,
      connections: this.#connections,
      begunAt: new Date(this.#begunMs),
      samples: [...this.#samples.values()].toSorted((a, b) => a.seconds - b.seconds),
    };
  }

  get totals(): { readonly requests: number; readonly failures: number; readonly firstFailure: string | undefined } {
    return { requests: this.#requests, failures: this.#failures, firstFailure: this.#firstFailure };
  }

  /** The last reading of the autoscaler. */
  get scaling(): Scaling | undefined {
    return this.#scaling;
  }

  get elapsedSeconds(): number {
    return Math.floor((this.#now() - this.#begunMs) / 1000);
  }

  /** Adds a second of requests. Its place on the axis follows from the pod's own count, since lines may arrive late. */
  addTraffic(traffic: Traffic): void {
    this.#trafficOffset ??= this.elapsedSeconds - traffic.second;
    const seconds = Math.max(0, this.#trafficOffset + traffic.second);
    this.#requests += traffic.requests;
    this.#failures += traffic.failures;
    this.#firstFailure ??= traffic.failure;
    const { p50Ms, p99Ms } = traffic;
    const rate = (count: number): number => Math.round(count / traffic.spanSeconds);
    const requestsPerSecond = rate(traffic.requests);
    this.#merge({ seconds, requestsPerSecond, failuresPerSecond: rate(traffic.failures), p50Ms, p99Ms });
  }

  /** Adds a reading of the autoscaler, at the present second. */
  addScaling(scaling: Scaling): void {
    this.#scaling = scaling;
    const { cpuPercent, targetPercent, wantedReplicas, readyReplicas } = scaling;
    this.#merge({ seconds: this.elapsedSeconds, cpuPercent, targetPercent, wantedReplicas, readyReplicas });
  }

  #merge(sample: Sample): void {
    this.#samples.set(sample.seconds, { ...this.#samples.get(sample.seconds), ...sample });
  }
}
