/** One second of requests, as the load pod prints it. */
export interface Traffic {
  /** Seconds since the pod began to send requests; the end of the measured second. */
  readonly second: number;
  /** How long it was measured: about one second. */
  readonly spanSeconds: number;
  readonly requests: number;
  readonly failures: number;
  /** Undefined without a successful request. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** The first error of the second. */
  readonly failure: string | undefined;
}

/** Parses a line of the load pod's log: traffic, or its end. Other lines, for instance warnings of Node.js, are undefined. */
export function parseTraffic(line: string): Traffic | 'done' | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  if (value['done'] === true) return 'done';
  const { second, spanSeconds, requests, failures, failure } = value;
  if (typeof second !== 'number' || typeof spanSeconds !== 'number') return undefined;
  if (typeof requests !== 'number' || typeof failures !== 'number') return undefined;
  return {
    second,
    spanSeconds,
    requests,
    failures,
    p50Ms: numberOf(value['p50Ms']),
    p99Ms: numberOf(value['p99Ms']),
    failure: typeof failure === 'string' ? failure : undefined,
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    // SAFETY: JSON that starts with a brace is an object.
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that was cut off, or that another program wrote.
    return undefined;
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
