import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailedError } from './load-failed-error.ts';
import type { RunRecorder } from './load-run.ts';
import type { Scaling } from './scaling.ts';

const POLL_MS = 1_000;
const LIMIT_SECONDS = 20 * 60;
/** How long a run shows the minimum after it is reached. */
const TAIL_SECONDS = 10;

/** Waits until the minimum of replicas is wanted and ready, and has been for ten seconds. */
export async function waitUntilScaledDown(
  recorder: Pick<RunRecorder, 'scaling' | 'elapsedSeconds'>,
  onPhase: (phase: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const begunSeconds = recorder.elapsedSeconds;
  let reachedSeconds: number | undefined;
  while (reachedSeconds === undefined || recorder.elapsedSeconds - reachedSeconds < TAIL_SECONDS) {
    const { scaling, elapsedSeconds } = recorder;
    onPhase(`waiting until the replicas are back at ${scaling?.minReplicas ?? 'the minimum'}`);
    reachedSeconds = isAtMinimum(scaling) ? (reachedSeconds ?? elapsedSeconds) : undefined;
    if (elapsedSeconds - begunSeconds > LIMIT_SECONDS) throw tooLate(scaling);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function isAtMinimum(scaling: Scaling | undefined): boolean {
  if (scaling === undefined) return false;
  const { wantedReplicas, readyReplicas, minReplicas } = scaling;
  return wantedReplicas === minReplicas && readyReplicas === minReplicas;
}

function tooLate(scaling: Scaling | undefined): LoadFailedError {
  const state =
    scaling === undefined
      ? 'The autoscaler cannot be read.'
      : `${scaling.wantedReplicas} are wanted and ${scaling.readyReplicas} ready; the minimum is ${scaling.minReplicas}.`;
  return new LoadFailedError(`The replicas are not back at the minimum after ${LIMIT_SECONDS / 60} minutes. ${state}`);
}
