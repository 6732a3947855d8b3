import type { TemperatureConverter } from '../../api/temperature-converter.ts';
import { CHILD_KINDS, CHILDREN, PODS } from '../../caches.ts';
import type { ChildKind } from '../../children/child.ts';
import { selectorLabels } from '../../children/labels.ts';
import type { KubeClient } from '../../../controller-runtime/client/client.ts';
import { ApiError, isRequestError } from '../../../controller-runtime/client/errors.ts';
import { listPages, type Selection } from '../../../controller-runtime/client/list-watch.ts';
import type { KubernetesObject } from '../../../controller-runtime/object/object.ts';
import { objectPath, type Resource } from '../../../controller-runtime/object/resource.ts';
import type { Gap, LiveChildren, LiveEvent, LivePod, Observation } from './live-objects.ts';
import { describeReadFailure, type Read } from './read-error.ts';
import { readConverter } from './read-converters.ts';
import { retryThrottled } from './retry-throttled.ts';
import { concerns } from './recent-events.ts';

const EVENTS: Resource = { group: '', version: 'v1', plural: 'events' };

const ORDER: readonly Gap['what'][] = [...CHILD_KINDS, 'pods', 'events'];

/**
 * Reads a resource, its children, pods and events. What the user may not read, or the API server does not answer, is a gap.
 * Rejects with a NotFoundError or a ReadError if the resource itself cannot be read.
 */
export async function observe(
  client: KubeClient,
  target: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Observation> {
  const converter = await readConverter(client, target, signal);
  const reader = new Reader(client, converter, signal);
  const [children, pods, events] = await Promise.all([reader.children(), reader.pods(), reader.events()]);
  // In a fixed order, whichever response came first: --watch compares what it reads.
  const gaps = reader.gaps.toSorted((a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what));
  return { converter, children, pods, events, gaps };
}

/** Reads what belongs to a resource, and records what cannot be read. */
class Reader {
  readonly gaps: Gap[] = [];
  readonly #client: KubeClient;
  readonly #converter: TemperatureConverter;
  readonly #namespace: string;
  readonly #signal: AbortSignal;

  constructor(client: KubeClient, converter: TemperatureConverter, signal: AbortSignal) {
    this.#client = client;
    this.#converter = converter;
    this.#namespace = converter.metadata.namespace;
    this.#signal = signal;
  }

  async children(): Promise<LiveChildren> {
    const read = async (kind: ChildKind) => [kind, await this.#child(kind)] as const;
    return Object.fromEntries(await Promise.all(CHILD_KINDS.map(read)));
  }

  async pods(): Promise<readonly LivePod[]> {
    const labelSelector = Object.entries(selectorLabels(this.#converter))
      .map(([label, value]) => `${label}=${value}`)
      .join(',');
    return this.#list<LivePod>('pods', { resource: PODS, namespace: this.#namespace, labelSelector }, () => true);
  }

  /** One list of the namespace instead of one per object: the API server does not index events. */
  async events(): Promise<readonly LiveEvent[]> {
    const isRelevant = concerns(this.#converter);
    return this.#list<LiveEvent>('events', { resource: EVENTS, namespace: this.#namespace }, isRelevant);
  }

  async #child(kind: ChildKind): Promise<object | undefined> {
    const { resource } = CHILDREN[kind];
    const path = objectPath(resource, this.#namespace, this.#converter.metadata.name);
    return this.#orGap(kind, { verb: 'get', resource, namespace: this.#namespace }, async () => {
      try {
        return await this.#client.send<object>({ method: 'GET', path }, this.#signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      }
    });
  }

  async #list<T extends KubernetesObject>(
    what: Gap['what'],
    selection: Selection,
    isRelevant: (object: T) => boolean,
  ): Promise<readonly T[]> {
    const { resource, namespace } = selection;
    const found = await this.#orGap(what, { verb: 'list', resource, namespace }, async () => {
      const objects: T[] = [];
      for await (const { items } of listPages<T>(this.#client, selection, this.#signal)) {
        objects.push(...items.filter(isRelevant));
      }
      return objects;
    });
    return found ?? [];
  }

  async #orGap<T>(what: Gap['what'], read: Read, send: () => Promise<T>): Promise<T | undefined> {
    try {
      return await retryThrottled(send);
    } catch (error) {
      if (this.#signal.aborted || !isRequestError(error)) throw error;
      this.gaps.push({ what, message: describeReadFailure(error, read) });
      return undefined;
    }
  }
}
