import { describe, expect, it } from '@jest/globals';
import { type LoadView, renderFrame } from './frame.ts';
import type { Sample } from './load-run.ts';
import { renderPlainLine } from './plain-line.ts';

/** A converter that scales from 1 to 2 replicas after 8 seconds, under load from the 4th second on. */
const samples: readonly Sample[] = Array.from({ length: 16 }, (_, seconds) => ({
  seconds,
  ...(seconds < 4 ? {} : { requestsPerSecond: seconds < 10 ? 500 : 1000, failuresPerSecond: 0, p50Ms: 2, p99Ms: 8 }),
  ...(seconds % 2 === 1
    ? {}
    : {
        cpuPercent: seconds < 6 ? 10 : 200,
        targetPercent: 80,
        wantedReplicas: seconds < 8 ? 1 : 2,
        readyReplicas: seconds < 10 ? 1 : 2,
      }),
}));
const view: LoadView = {
  run: { converter: 'default/weather', connections: 24, begunAt: new Date(0), samples },
  elapsedSeconds: 15,
  scaling: {
    cpuPercent: 200,
    targetPercent: 80,
    wantedReplicas: 2,
    readyReplicas: 2,
    minReplicas: 1,
    maxReplicas: 2,
    problem: undefined,
  },
  totals: { requests: 9000, failures: 0, firstFailure: undefined },
  phase: 'sending requests, 12 of 180 s',
  kubectlFailure: undefined,
};

describe('the frame in a terminal', () => {
  it('shows requests, latency, CPU and replicas over one time axis', () => {
    expect(renderFrame(view, { columns: 40, rows: 17 })).toEqual([
      'default/weather, 24 connections: sending',
      'requests/s 1,000',
      '   1,000│          ██████',
      '       0│    ████████████',
      'latency ms  █ p50 2  ░ p99 8',
      '      10│    ░░░░░░░░░░░░',
      '       0│    ▃▃▃▃▃▃▃▃▃▃▃▃',
      'CPU %  █ now 200  ─ target 80',
      '     200│      ██████████',
      '       0│────────────────',
      'replicas  █ ready 2  ░ wanted 2',
      '       2│        ░░██████',
      '       0│████████████████',
      '         0:00           0:15',
      '',
    ]);
  });

  it.each([
    [80, 24],
    [200, 60],
    [40, 10],
    [20, 5],
    [1, 1],
  ])('fits in %d columns and %d rows', (columns, rows) => {
    const lines = renderFrame(view, { columns, rows });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
  });

  it('shows the whole run, however long it is', () => {
    const long = Array.from({ length: 3600 }, (_, seconds) => ({
      seconds,
      requestsPerSecond: seconds < 1800 ? 10 : 20,
    }));
    const frame = renderFrame(
      { ...view, run: { ...view.run, samples: long }, elapsedSeconds: 3599 },
      { columns: 80, rows: 24 },
    );
    const top = frame[2]?.split('│')[1] ?? '';
    expect(top.trimStart()).toMatch(/^█+$/);
    // The second half of the hour: 60 columns of 60 seconds.
    expect(top).toHaveLength(60);
    expect(top.trimStart()).toHaveLength(30);
  });

  it('has a dash for what is not measured yet', () => {
    const frame = renderFrame(
      { ...view, run: { ...view.run, samples: [] }, scaling: undefined },
      { columns: 80, rows: 24 },
    ).join('\n');
    expect(frame).toContain('requests/s –');
    expect(frame).toContain('now –  ─ target –');
    expect(frame).toContain('ready –  ░ wanted –');
  });

  it('says why there is no CPU, on one line', () => {
    const scaling = {
      ...view.scaling,
      cpuPercent: undefined,
      problem: 'FailedGetContainerResourceMetric:\n\u001B[2Jno metrics',
    };
    const last = renderFrame({ ...view, scaling: { ...scaling } as LoadView['scaling'] }, { columns: 80, rows: 24 }).at(
      -1,
    );
    expect(last).toBe('CPU unknown: FailedGetContainerResourceMetric: [2Jno metrics');
  });

  it('says that the cluster cannot be read', () => {
    const kubectlFailure = 'Unable to connect to the server';
    expect(renderFrame({ ...view, kubectlFailure }, { columns: 80, rows: 24 }).at(-1)).toBe(
      'kubectl fails: Unable to connect to the server',
    );
    expect(renderPlainLine({ ...view, kubectlFailure })).toMatch(/kubectl fails: Unable to connect to the server$/);
  });

  it('shows failures of requests', () => {
    const failing = [{ seconds: 15, requestsPerSecond: 10, failuresPerSecond: 4 }];
    const totals = { requests: 10, failures: 4, firstFailure: 'status 503' };
    const frame = renderFrame({ ...view, run: { ...view.run, samples: failing }, totals }, { columns: 80, rows: 24 });
    expect(frame[1]).toBe('requests/s 10  failures/s 4');
    expect(frame.at(-1)).toBe('4 failed requests, the first: status 503');
  });

  it('interrupts the CPU where the autoscaler could not measure it', () => {
    const interrupted = [
      { seconds: 0, cpuPercent: 100, targetPercent: 80, wantedReplicas: 1, readyReplicas: 1 },
      { seconds: 2, targetPercent: 80, wantedReplicas: 1, readyReplicas: 1 },
      { seconds: 4, cpuPercent: 100, targetPercent: 80, wantedReplicas: 1, readyReplicas: 1 },
    ];
    const frame = renderFrame(
      { ...view, run: { ...view.run, samples: interrupted }, elapsedSeconds: 5 },
      { columns: 40, rows: 24 },
    );
    const bottom = frame.findIndex((line) => line.startsWith('CPU')) + 4;
    expect(frame[bottom]).toBe('       0│██  ██');
  });
});

describe('the line without a terminal', () => {
  it('shows the present state', () => {
    expect(renderPlainLine(view)).toBe(
      ' 0:15  1,000 requests/s  0 failures/s  p50 2 ms  p99 8 ms  CPU 200 % of 80 %  2 replicas wanted, 2 ready  sending requests, 12 of 180 s',
    );
  });

  it('does not repeat old requests', () => {
    expect(renderPlainLine({ ...view, elapsedSeconds: 60, phase: 'waiting' })).toBe(
      ' 1:00  no requests  CPU 200 % of 80 %  2 replicas wanted, 2 ready  waiting',
    );
  });

  it('says why there is no CPU', () => {
    const scaling = { ...view.scaling, cpuPercent: undefined, problem: 'no metrics' } as LoadView['scaling'];
    expect(renderPlainLine({ ...view, scaling })).toMatch(/CPU – % of 80 %.*no metrics$/);
  });
});
