import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadDisplay } from './display.ts';
import { followTraffic } from './follow-traffic.ts';
import type { LoadView } from './frame.ts';
import type { Kubectl } from './kubectl.ts';
import { LoadFailedError } from './load-failed-error.ts';
import { buildLoadPod, LOAD_LABEL } from './load-pod.ts';
import { type LoadPodState, readLoadPodState } from './load-pod-state.ts';
import type { RunRecorder } from './load-run.ts';
import type { LoadTarget } from './load-target.ts';
import type { LoadOptions } from './options.ts';
import { waitUntilScaledDown } from './scale-down.ts';
import { type Reading, watchCluster } from './watch-cluster.ts';

const REDRAW_MS = 1_000;
const START_LIMIT_SECONDS = 120;
const DELETE_ATTEMPTS = 5;
const DELETE_RETRY_MS = 3_000;

/** What a session works with. */
export interface LoadSessionOptions {
  readonly kubectl: Kubectl;
  readonly target: LoadTarget;
  readonly options: LoadOptions;
  readonly recorder: RunRecorder;
  readonly display: LoadDisplay;
  /** Makes the name of the pod unique. */
  readonly suffix: string;
}

/** One run: creates the load pod, records what happens, and deletes the pod however the run ends. */
export class LoadSession {
  readonly #with: LoadSessionOptions;
  readonly #ended = new AbortController();
  #phase = 'starting the load pod';
  #podName: string | undefined;
  #podState: LoadPodState = { kind: 'waiting', reason: '' };
  #sentSeconds = 0;
  #kubectlFailure: string | undefined;
  /** Whether all requests were sent: the pod is of no interest any more. */
  #isSent = false;

  constructor(options: LoadSessionOptions) {
    this.#with = options;
  }

  /** What the display shows now. */
  get view(): LoadView {
    const { recorder } = this.#with;
    const { run, scaling, totals, elapsedSeconds } = recorder;
    return { run, scaling, totals, elapsedSeconds, phase: this.#phase, kubectlFailure: this.#kubectlFailure };
  }

  /** Runs until the load, and the wait for the minimum of replicas, is over. Throws the reason of the signal. */
  async run(stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, this.#ended.signal]);
    const { kubectl, target, display } = this.#with;
    const { name } = target.converter.metadata;
    const drawing = setInterval(() => display.show(this.view), REDRAW_MS);
    const watching = watchCluster(
      kubectl,
      { name, podName: () => this.#podName },
      {
        onReading: (reading, podName) => this.#read(reading, podName),
        onFailure: ({ message }) => (this.#kubectlFailure = message),
      },
      signal,
    );
    // Whichever fails first ends the other.
    const isFailed = watching.catch((error: unknown) => this.#ended.abort(error));
    try {
      await this.#load(signal);
    } catch (error) {
      // Timers and commands that were ended report that, not why.
      signal.throwIfAborted();
      throw error;
    } finally {
      clearInterval(drawing);
      this.#ended.abort(new Error('the run is over'));
      await isFailed;
      await this.#deletePod();
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { kubectl, options, recorder, target } = this.#with;
    await this.#createPod(signal);
    const podName = this.#podName ?? '';
    await followTraffic(
      kubectl,
      podName,
      (traffic) => {
        recorder.addTraffic(traffic);
        this.#sentSeconds = traffic.second;
        this.#phase = `sending requests, ${traffic.second} of ${options.seconds} s`;
      },
      signal,
    );
    this.#isSent = true;
    await this.#deletePod();
    if (options.untilScaledDown) {
      await waitUntilScaledDown(recorder, (phase) => (this.#phase = phase), signal);
    }
    const { requests, failures, firstFailure } = recorder.totals;
    if (requests > 0) return;
    const { namespace, name } = target.converter.metadata;
    throw new LoadFailedError(
      `None of ${failures} requests to ${namespace}/${name} was answered: ${firstFailure}. Does a NetworkPolicy deny them? --labels adds labels to the load pod.`,
    );
  }

  async #createPod(signal: AbortSignal): Promise<void> {
    const { kubectl, target, options, suffix } = this.#with;
    const { name } = target.converter.metadata;
    // What a run left that was killed.
    const finished = [
      '--selector',
      `${LOAD_LABEL}=${name}`,
      '--field-selector=status.phase!=Running,status.phase!=Pending',
    ];
    await kubectl.run(['delete', 'pods', ...finished, '--wait=false'], signal);
    const pod = buildLoadPod(target, options, suffix);
    this.#podName = pod.metadata?.name;
    await kubectl.run(['create', '--filename=-'], signal, JSON.stringify(pod));
  }

  #read({ scaling, pod }: Reading, podName: string | undefined): void {
    const { recorder } = this.#with;
    this.#kubectlFailure = undefined;
    if (scaling !== undefined) recorder.addScaling(scaling);
    // The pod may not have existed yet when it was read.
    if (this.#isSent || podName === undefined || (pod === undefined && this.#podState.kind === 'waiting')) return;
    this.#podState = readLoadPodState(pod);
    if (this.#podState.kind === 'failed') this.#ended.abort(new LoadFailedError(this.#podState.reason));
    if (this.#podState.kind === 'waiting') this.#checkStart(this.#podState.reason);
  }

  #checkStart(reason: string): void {
    this.#phase = `starting the load pod (${reason})`;
    if (this.#with.recorder.elapsedSeconds < START_LIMIT_SECONDS) return;
    this.#ended.abort(new LoadFailedError(`The load pod has not started in ${START_LIMIT_SECONDS} s: ${reason}`));
  }

  /** Deletes the pod, also after the stop signal; retries while the API server is unavailable. */
  async #deletePod(): Promise<void> {
    const podName = this.#podName;
    if (podName === undefined) return;
    this.#phase = 'deleting the load pod';
    const { kubectl, display, options, target } = this.#with;
    for (let attempt = 1; ; attempt += 1) {
      display.show(this.view);
      try {
        await kubectl.run(['delete', 'pod', podName, '--ignore-not-found', '--now', '--timeout=30s']);
        this.#podName = undefined;
        this.#phase = 'the load pod is deleted';
        return;
      } catch (error) {
        if (attempt === DELETE_ATTEMPTS) {
          this.#podName = undefined;
          throw new LoadFailedError(
            `The load pod ${podName} could not be deleted. It sends requests for at most ${options.seconds - this.#sentSeconds} s more. Delete it: kubectl delete pod -n ${target.converter.metadata.namespace} ${podName}`,
            { cause: error },
          );
        }
        await sleep(DELETE_RETRY_MS);
      }
    }
  }
}
