import { describe, expect, it } from '@jest/globals';
import { waitUntilScaledDown } from './scale-down.ts';
import type { Scaling } from './scaling.ts';

const AT_MINIMUM: Scaling = {
  cpuPercent: 1,
  targetPercent: 80,
  wantedReplicas: 1,
  readyReplicas: 1,
  minReplicas: 1,
  maxReplicas: 5,
  problem: undefined,
};

/** A run with these readings in turn; each reading takes some seconds. */
function recorderOf(
  readings: readonly Scaling[],
  secondsPerReading: number,
): Parameters<typeof waitUntilScaledDown>[0] {
  let elapsedSeconds = 0;
  const remaining = [...readings];
  return {
    get elapsedSeconds() {
      return elapsedSeconds;
    },
    get scaling() {
      elapsedSeconds += secondsPerReading;
      return remaining.length > 1 ? remaining.shift() : remaining[0];
    },
  };
}

describe('the wait for the minimum of replicas', () => {
  it('ends ten seconds after the minimum is wanted and ready', async () => {
    const phases: string[] = [];
    const readings = [
      { ...AT_MINIMUM, wantedReplicas: 5, readyReplicas: 5 },
      { ...AT_MINIMUM, readyReplicas: 2 },
      AT_MINIMUM,
    ];
    const recorder = recorderOf(readings, 10);
    await waitUntilScaledDown(recorder, (phase) => phases.push(phase), new AbortController().signal);
    expect(phases).toHaveLength(4);
    expect(new Set(phases)).toEqual(new Set(['waiting until the replicas are back at 1']));
  });

  it('starts anew when the replicas leave the minimum', async () => {
    let readings = 0;
    const recorder = recorderOf([AT_MINIMUM, { ...AT_MINIMUM, wantedReplicas: 2 }, AT_MINIMUM], 6);
    await waitUntilScaledDown(recorder, () => (readings += 1), new AbortController().signal);
    expect(readings).toBe(5);
  });

  it('fails after 20 minutes, with the replicas', async () => {
    const recorder = recorderOf([{ ...AT_MINIMUM, wantedReplicas: 3, readyReplicas: 3 }], 21 * 60);
    await expect(waitUntilScaledDown(recorder, () => undefined, new AbortController().signal)).rejects.toThrow(
      'The replicas are not back at the minimum after 20 minutes. 3 are wanted and 3 ready; the minimum is 1.',
    );
  });

  it('ends with the signal', async () => {
    const recorder = recorderOf([{ ...AT_MINIMUM, wantedReplicas: 3 }], 1);
    await expect(waitUntilScaledDown(recorder, () => undefined, AbortSignal.timeout(50))).rejects.toThrow('aborted');
  });
});
