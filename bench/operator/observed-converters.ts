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

/** The timeout to wait for a state. */
const DEADLINE_MS = 300_000;

/** The observed part of an object. */
interface Observed extends KubernetesObject {
  readonly generation: number;
  readonly observedGeneration: number;
  readonly controller: string | undefined;
  readonly port: number | undefined;
}

type Kind = 'Converter' | Exclude<keyof typeof CHILDREN, 'PodDisruptionBudget'>;

/** A resource with its children. */
export type State = Partial<Readonly<Record<Kind, Observed>>>;

/** Whether the resource controls three children and its status has the current generation. */
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

/** Watches resources and their children, and records when they reach a state. */
export class ObservedConverters {
  readonly #stores = new Map<Kind, ObjectStore<Observed>>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #stop = new AbortController();
  readonly #namespace: string;

  private constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Resolves once the initial lists are complete. */
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

  /** The state of a resource. */
  state(name: string): State {
    const key = objectKey(this.#namespace, name);
    return Object.fromEntries([...this.#stores].map(([kind, store]) => [kind, store.get(key)]));
  }

  /** Resolves to the time at which a resource next meets a condition. */
  when(name: string, isMet: (state: State) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(name) ?? new Set();
      this.#waiters.set(name, waiters);
      const timer = setTimeout(() => reject(new Error(`${name} did not reach its state in time`)), DEADLINE_MS);
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
    store.onChange(({ object }) => this.#notify(object.metadata.name));
    const reflector = new Reflector<Observed>({
      client,
      selection: { resource, namespace: this.#namespace },
      store,
      // SAFETY: the complete object from the API server.
      trim: (object) => trim(object as unknown as LiveObject),
      clock: systemClock,
      random: Math.random,
      log: new RecordedLog(),
    });
    void reflector.run(this.#stop.signal);
    await reflector.synced;
  }

  #notify(name: string): void {
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
  // SAFETY: of these kinds, only a Service has ports.
  const ports = spec?.['ports'] as readonly { readonly port: number }[] | undefined;
  return {
    metadata: { name, namespace, uid, resourceVersion },
    generation,
    observedGeneration: Number(status?.['observedGeneration'] ?? 0),
    controller: ownerReferences?.find((owner) => owner.controller === true)?.uid,
    port: ports?.[0]?.port,
  };
}
