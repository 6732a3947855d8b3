import { type PodState, waitingContainers } from './pod-problems.ts';

/** Longer than a short outage of a registry: the kubelet tries again after 10 s, then after 20 s. */
const GRACE_MS = 30_000;

/** Reasons of containers that do not start because of their image. */
const REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
]);

/** Finds images of this run that nodes cannot get for longer than a short outage. */
export class UnavailableImages {
  readonly #sinceMs = new Map<string, number>();
  readonly #tags: readonly string[];

  /** Takes the tags of the images of this run, since other pods in the namespace have others. */
  constructor(tags: readonly string[]) {
    this.#tags = tags;
  }

  /** Takes the pods at a time in milliseconds, and returns an image that no node could get for 30 s. */
  observe(pods: readonly PodState[], nowMs: number): string | undefined {
    const waiting = pods.flatMap(waitingContainers).filter(({ reason }) => REASONS.has(reason));
    const images = new Set(
      waiting.map(({ image }) => image).filter((image) => this.#tags.some((tag) => image.includes(`:${tag}`))),
    );
    for (const image of this.#sinceMs.keys()) {
      if (!images.has(image)) this.#sinceMs.delete(image);
    }
    for (const image of images) this.#sinceMs.set(image, this.#sinceMs.get(image) ?? nowMs);
    return [...this.#sinceMs].find(([, sinceMs]) => nowMs - sinceMs > GRACE_MS)?.[0];
  }
}
