import { TEMPERATURE_CONVERTERS } from '../../operator/api/temperature-converter.ts';
import { CHILDREN } from '../../operator/caches.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { type KubernetesObject, objectKey } from '../../controller-runtime/object/object.ts';
import type { Resource } from '../../controller-runtime/object/resource.ts';
import type { LiveObject } from '../../integration/testing/cluster.ts';
import { systemClock } from '../../controller-runtime/clock/clock.ts';
import { ObjectStore } from '../../controller-runtime/cache/object-store.ts';
import { Reflector } from '../../controller-runtime/cache/reflector.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';

/** How long anything that is waited for may take. */
const DEADLINE_MS = 300_000;

/** What is kept of each object. */
interface Observed extends KubernetesObject {
  readonly generation: number;
  readonly observedGeneration: number;
  readonly controller: string | undefined;
  readonly port: number | undefined;
}

type Kind = 'Converter' | keyof typeof CHILDREN;

/** A resource with its children, as the API server has them. */
export type State = Partial<Readonly<Record<Kind, Observed>>>;

/** Says whether all three children are there, controlled by the resource, and its status has caught up. */
export function isComplete({ Converter, Deployment, Service, HorizontalPodAutoscaler }: State): boolean {
  return (
    Converter !== undefined &&
    Converter.observedGeneration >= Converter.generation &&
    [Deployment, Service, HorizontalPodAutoscaler].every((child) => child?.controller === Converter.metadata.uid)
  );
}

interface Waiter {
  readonly isMet: (state: State) => boolean;
  readonly resolve: (atMs: number) => void;
}

/** Watches the resources and their children, to tell when they came to a state. */
export class ObservedConverters {
  readonly #stores = new Map<Kind, ObjectStore<Observed>>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #stop = new AbortController();
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Resolves once all that is there is known. */
  static async start(client: KubeClient, namespace: string): Promise<ObservedConverters> {
    const observed = new ObservedConverters(namespace);
    const resources: Record<Kind, Resource> = {
      Converter: TEMPERATURE_CONVERTERS,
      Deployment: CHILDREN.Deployment.resource,
      Service: CHILDREN.Service.resource,
      HorizontalPodAutoscaler: CHILDREN.HorizontalPodAutoscaler.resource,
    };
    // SAFETY: the keys of the literal above.
    for (const kind of Object.keys(resources) as Kind[]) await observed.#follow(kind, resources[kind], client);
    return observed;
  }

  /** The state of the resource of that name. */
  state(name: string): State {
    const key = objectKey(this.#namespace, name);
    return Object.fromEntries([...this.#stores].map(([kind, store]) => [kind, store.get(key)]));
  }

  /** Resolves to the time at which the resource first is in such a state from now on. */
  when(name: string, isMet: (state: State) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(name) ?? new Set();
      this.#waiters.set(name, waiters);
      const timer = setTimeout(() => reject(new Error(`${name} did not come to its state in time`)), DEADLINE_MS);
      const finish = (atMs: number): void => {
        clearTimeout(timer);
        resolve(atMs);
      };
      waiters.add({ isMet, resolve: finish });
    });
  }

  /** Ends the watches. */
  stop(): void {
    this.#stop.abort();
  }

  async #follow(kind: Kind, resource: Resource, client: KubeClient): Promise<void> {
    const store = new ObjectStore<Observed>();
    this.#stores.set(kind, store);
    store.onChange(({ object }) => this.#tell(object.metadata.name));
    const reflector = new Reflector<Observed>({
      client,
      selection: { resource, namespace: this.#namespace },
      store,
      // SAFETY: what the API server sends, before it is cut down.
      trim: (object) => trim(object as unknown as LiveObject),
      clock: systemClock,
      random: Math.random,
      log: new RecordedLog(),
    });
    void reflector.run(this.#stop.signal);
    await reflector.synced;
  }

  #tell(name: string): void {
    const waiters = this.#waiters.get(name);
    if (waiters === undefined || waiters.size === 0) return;
    const atMs = performance.now();
    const state = this.state(name);
    for (const waiter of waiters) {
      if (!waiter.isMet(state)) continue;
      waiters.delete(waiter);
      waiter.resolve(atMs);
    }
  }
}

function trim({ metadata, spec, status }: LiveObject): Observed {
  const { name, namespace, uid, resourceVersion, generation, ownerReferences } = metadata;
  // SAFETY: only a Service has such ports.
  const ports = spec?.['ports'] as readonly { readonly port: number }[] | undefined;
  return {
    metadata: { name, namespace, uid, resourceVersion },
    generation,
    observedGeneration: Number(status?.['observedGeneration'] ?? 0),
    controller: ownerReferences?.find((owner) => owner.controller === true)?.uid,
    port: ports?.[0]?.port,
  };
}
