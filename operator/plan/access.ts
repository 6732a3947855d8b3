import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import type { Resource } from '../../controller-runtime/object/resource.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
/** A server-side apply needs both where it may create the object. */
const APPLY_VERBS = ['patch', 'create'] as const;

/** Asks the API server what the user may do, and remembers the answers. */
export class Access {
  readonly #client: KubeClient;
  readonly #signal: AbortSignal;
  readonly #answers = new Map<string, Promise<boolean>>();

  constructor(client: KubeClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Whether the user may apply objects of a resource in a namespace, and so try such a write. */
  async mayApply(resource: Resource, namespace: string): Promise<boolean> {
    // One answer for all namespaces saves one request for each of them.
    return (await this.#mayApplyIn(resource, '')) || this.#mayApplyIn(resource, namespace);
  }

  async #mayApplyIn(resource: Resource, namespace: string): Promise<boolean> {
    const answers = await Promise.all(APPLY_VERBS.map((verb) => this.#may(verb, resource, namespace)));
    return answers.every(Boolean);
  }

  #may(verb: string, resource: Resource, namespace: string): Promise<boolean> {
    const key = `${verb} ${resource.group}/${resource.plural} ${namespace}`;
    const answer = this.#answers.get(key) ?? this.#review(verb, resource, namespace);
    this.#answers.set(key, answer);
    return answer;
  }

  async #review(verb: string, { group, plural }: Resource, namespace: string): Promise<boolean> {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group, resource: plural, namespace } },
    };
    try {
      const request = { method: 'POST', path: REVIEWS, body } as const;
      const { status } = await this.#client.send<{ status: { allowed: boolean } }>(request, this.#signal);
      return status.allowed;
    } catch (error) {
      // A user who may not even ask is treated as one who may only read.
      if (error instanceof ApiError && error.code === 403) return false;
      throw error;
    }
  }
}
