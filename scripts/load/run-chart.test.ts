import { describe, expect, it } from '@jest/globals';
import type { LoadRun } from './load-run.ts';
import { renderRunChart } from './run-chart.ts';

const run: LoadRun = {
  converter: 'default/weather',
  connections: 24,
  begunAt: new Date('2026-11-28T09:00:00Z'),
  samples: Array.from({ length: 100 }, (_, seconds) => ({
    seconds,
    requestsPerSecond: 500,
    failuresPerSecond: 0,
    p50Ms: 2,
    p99Ms: 8,
    cpuPercent: 120,
    targetPercent: 80,
    wantedReplicas: seconds < 50 ? 1 : 5,
    readyReplicas: seconds < 60 ? 1 : 5,
  })),
};

/** The texts of an SVG. */
function textsOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

describe('the picture of a run', () => {
  it('names the converter and the time, and has a panel for each measurement', async () => {
    const texts = textsOf(await renderRunChart(run));
    expect(texts).toEqual(
      expect.arrayContaining([
        'default/weather under load',
        '24 connections, 2026-11-28 09:00 UTC',
        'requests/s',
        'latency (ms)',
        'CPU (%)',
        'replicas',
      ]),
    );
    expect(texts).toEqual(expect.arrayContaining(['p50', 'p99', 'target', 'ready', 'wanted', '0:00', '1:30']));
  });

  it('draws every line and every area', async () => {
    const svg = await renderRunChart(run);
    // Per panel: an area and a line, except that there are no failures to draw.
    expect(svg.match(/mark-area[^>]*>\s*<path[^>]* d="M/g)).toHaveLength(4);
    expect(svg.match(/mark-line[^>]*>\s*<path[^>]* d="M/g)).toHaveLength(3);
  });

  it('shows failures where there are any', async () => {
    const samples = run.samples.map((sample) => Object.assign({}, sample, { failuresPerSecond: 3 }));
    expect(textsOf(await renderRunChart(run))).not.toContain('failed');
    expect(textsOf(await renderRunChart({ ...run, samples }))).toContain('failed');
  });

  it('is the same for the same run', async () => {
    expect(await renderRunChart(run)).toBe(await renderRunChart(run));
  });

  it('can be drawn for a run in which nothing was measured', async () => {
    expect(textsOf(await renderRunChart({ ...run, samples: [] }))).toContain('replicas');
  });
});
