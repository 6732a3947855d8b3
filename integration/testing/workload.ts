import type { ObservedCondition, ObservedContainer, ObservedPodStatus } from '../../operator/status/observation.ts';
import type { Cluster } from './cluster.ts';

interface PodSpec {
  readonly containers: readonly { readonly name: string; readonly image: string }[];
}

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

/** Acts as the controllers of Deployment and HorizontalPodAutoscaler, the scheduler and the kubelet. */
export class Workload {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #name: string;

  constructor(cluster: Cluster, namespace: string, name: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** Reports replicas of the current template, of which `available` are ready and available. */
  async reportReplicas(
    replicas: number,
    available: number,
    conditions: readonly ObservedCondition[] = [],
  ): Promise<void> {
    const { metadata } = await this.#cluster.get('Deployment', this.#namespace, this.#name);
    await this.#cluster.patchStatus(['Deployment', this.#namespace, this.#name], {
      observedGeneration: metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: available,
      availableReplicas: available,
      conditions,
    });
  }

  /** Reports the autoscaler's conditions. */
  async reportAutoscaler(conditions: readonly ObservedCondition[]): Promise<void> {
    await this.#cluster.patchStatus(['HorizontalPodAutoscaler', this.#namespace, this.#name], { conditions });
  }

  /** Creates a pod from the Deployment's template. */
  async createPod(pod: string): Promise<void> {
    const account = ['ServiceAccount', this.#namespace, 'default'] as const;
    if ((await this.#cluster.find(...account)) === undefined) {
      const metadata = { namespace: this.#namespace, name: 'default' };
      await this.#cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    const address = ['Deployment', this.#namespace, this.#name] as const;
    const { template } = (await this.#cluster.get<{ spec: { template: PodTemplate } }>(...address)).spec;
    const metadata = { ...template.metadata, namespace: this.#namespace, name: pod };
    await this.#cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec });
  }

  /** Reports the state of a pod's container. */
  async reportContainer(pod: string, container: Partial<ObservedContainer>): Promise<void> {
    const { spec } = await this.#cluster.get<{ spec: PodSpec }>('Pod', this.#namespace, pod);
    const { name, image } = spec.containers[0] ?? {};
    const status = { name, image, imageID: '', ready: false, restartCount: 0, ...container };
    await this.#cluster.patchStatus(['Pod', this.#namespace, pod], { containerStatuses: [status] });
  }

  /** Reports the status of a pod. */
  async reportPod(pod: string, status: ObservedPodStatus): Promise<void> {
    await this.#cluster.patchStatus(['Pod', this.#namespace, pod], status);
  }

  /** Reports that no node fits a pod. */
  async reportUnschedulable(pod: string, message: string): Promise<void> {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    await this.#cluster.patchStatus(['Pod', this.#namespace, pod], { conditions: [condition] });
  }
}
