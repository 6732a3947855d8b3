import { describe, expect, it } from '@jest/globals';
import { parseCsv, renderCsv } from './csv.ts';
import { RunRecorder } from './load-run.ts';
import type { Scaling } from './scaling.ts';

const BEGIN_MS = Date.parse('2026-11-28T09:00:00Z');
const scaling: Scaling = {
  cpuPercent: 120,
  targetPercent: 80,
  wantedReplicas: 2,
  readyReplicas: 1,
  minReplicas: 1,
  maxReplicas: 5,
  problem: undefined,
};
const traffic = { spanSeconds: 1, requests: 10, failures: 0, p50Ms: 1.25, p99Ms: 9, failure: undefined };

/** A recorder whose clock the test sets, in seconds since the begin. */
function recorderAt(): { recorder: RunRecorder; at: (seconds: number) => void } {
  let nowMs = BEGIN_MS;
  return {
    recorder: new RunRecorder('default/weather', 24, () => nowMs),
    at: (seconds) => (nowMs = BEGIN_MS + seconds * 1000),
  };
}

describe('a run', () => {
  it('has requests and scaling on one time axis', () => {
    const { recorder, at } = recorderAt();
    at(2);
    recorder.addScaling(scaling);
    at(5);
    recorder.addTraffic({ ...traffic, second: 1 });
    recorder.addScaling({ ...scaling, readyReplicas: 2 });
    expect(recorder.run.samples).toEqual([
      { seconds: 2, cpuPercent: 120, targetPercent: 80, wantedReplicas: 2, readyReplicas: 1 },
      {
        seconds: 5,
        requestsPerSecond: 10,
        failuresPerSecond: 0,
        p50Ms: 1.25,
        p99Ms: 9,
        cpuPercent: 120,
        targetPercent: 80,
        wantedReplicas: 2,
        readyReplicas: 2,
      },
    ]);
  });

  it('places a second of requests by the count of the pod, since its lines may arrive late', () => {
    const { recorder, at } = recorderAt();
    at(5);
    recorder.addTraffic({ ...traffic, second: 1 });
    at(20);
    recorder.addTraffic({ ...traffic, second: 2 });
    recorder.addTraffic({ ...traffic, second: 3 });
    expect(recorder.run.samples.map(({ seconds }) => seconds)).toEqual([5, 6, 7]);
  });

  it('has rates, since the last line of the pod has less than a second', () => {
    const { recorder } = recorderAt();
    recorder.addTraffic({ ...traffic, second: 1, spanSeconds: 0.5, failures: 1 });
    expect(recorder.run.samples).toMatchObject([{ requestsPerSecond: 20, failuresPerSecond: 2 }]);
    expect(recorder.totals.requests).toBe(10);
  });

  it('counts requests and failures, and keeps the first failure', () => {
    const { recorder } = recorderAt();
    recorder.addTraffic({ ...traffic, second: 1 });
    recorder.addTraffic({ ...traffic, second: 2, failures: 3, failure: 'status 503' });
    recorder.addTraffic({ ...traffic, second: 3, failures: 1, failure: 'socket hang up' });
    expect(recorder.totals).toEqual({ requests: 30, failures: 4, firstFailure: 'status 503' });
  });

  it('is the same after it was written as CSV and read again', () => {
    const { recorder, at } = recorderAt();
    at(2);
    recorder.addScaling({ ...scaling, cpuPercent: undefined });
    at(4);
    recorder.addTraffic({ ...traffic, second: 1, p50Ms: undefined, p99Ms: undefined, requests: 0, failures: 2 });
    at(6);
    recorder.addScaling(scaling);
    const csv = renderCsv(recorder.run);
    expect(csv.split('\n').slice(0, 2)).toEqual([
      'time,converter,connections,seconds,requests_per_second,failures_per_second,p50_ms,p99_ms,cpu_percent,target_percent,wanted_replicas,ready_replicas',
      '2026-11-28T09:00:02.000Z,default/weather,24,2,,,,,,80,2,1',
    ]);
    const read = parseCsv(csv);
    expect(renderCsv(read)).toBe(csv);
    expect(read).toMatchObject({ converter: 'default/weather', connections: 24, begunAt: new Date(BEGIN_MS) });
    expect(read.samples).toHaveLength(3);
  });

  it('refuses another CSV', () => {
    expect(() => parseCsv('a,b\n1,2\n')).toThrow('not the CSV of a run');
  });
});
