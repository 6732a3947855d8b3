import { eventually } from '../../controller-runtime/testing/eventually.ts';
import type { Address, Cluster, Manifest } from './cluster.ts';
import { type Fields, mergeFields, type Mutation, type PolicyKind, toJsonPatch, toPolicyMutation } from './mutation.ts';
import { offersKind } from './server-features.ts';
import { startWebhook } from './webhook.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** The API groups and resources of the kinds that policies match. */
const RULES = {
  Deployment: { apiGroups: ['apps'], resources: ['deployments'] },
  Service: { apiGroups: [''], resources: ['services'] },
  HorizontalPodAutoscaler: { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
} as const;

/** With the name of a policy, the annotation by which a test sees that the policy is effective; policies run in any order. */
const MARK = 'policies.example.com/';
const PROBE_LABELS = { app: 'probe' };
/** Specs that the API server and the policies of the tests accept. */
const PROBES = {
  Deployment: {
    selector: { matchLabels: PROBE_LABELS },
    template: {
      metadata: { labels: PROBE_LABELS },
      spec: { containers: [{ name: 'converter', image: 'probe', resources: { requests: { cpu: '1m' } } }] },
    },
  },
  Service: { ports: [{ port: 80 }] },
  HorizontalPodAutoscaler: {
    maxReplicas: 2,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'probe' },
  },
};

/** Admission policies for one namespace: of the API server where it has them (since 1.36), or else webhooks. */
export class AdmissionPolicies {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #removals: (() => Promise<void>)[] = [];
  #count = 0;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  /** Adds a policy that changes objects, as GKE Autopilot, meshes and policy engines do, and waits until it is effective. */
  async mutate(mutation: Mutation): Promise<void> {
    const { kind } = mutation;
    this.#count += 1;
    const name = `${kind.toLowerCase()}-${this.#namespace}-${this.#count}`;
    const mark = { metadata: { annotations: { [`${MARK}${name}`]: 'applied' } } };
    const mutations =
      'fields' in mutation
        ? [{ kind, fields: mergeFields(mutation.fields, mark) }]
        : [mutation, { kind, fields: mark }];
    const isBuiltIn = await offersKind(this.#cluster.client, API_VERSION, 'MutatingAdmissionPolicy');
    await (isBuiltIn ? this.#addPolicy(name, mutations) : this.#addWebhook(name, mutations));
    await this.#waitUntilMarked(kind, name);
  }

  /** Deletes all policies. */
  async remove(): Promise<void> {
    for (const remove of this.#removals.splice(0)) await remove();
  }

  async #addPolicy(name: string, mutations: readonly Mutation[]): Promise<void> {
    const spec = {
      matchConstraints: { namespaceSelector: this.#namespaceSelector(), resourceRules: rulesOf(mutations) },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: mutations.map(toPolicyMutation),
    };
    await this.#create({ apiVersion: API_VERSION, kind: 'MutatingAdmissionPolicy', metadata: { name }, spec });
    const binding = { apiVersion: API_VERSION, kind: 'MutatingAdmissionPolicyBinding' } as const;
    await this.#create({ ...binding, metadata: { name }, spec: { policyName: name } });
  }

  async #addWebhook(name: string, mutations: readonly Mutation[]): Promise<void> {
    const server = await startWebhook(({ object }) => {
      const patches = mutations.flatMap((mutation) => toJsonPatch(object, mutation));
      const patch = Buffer.from(JSON.stringify(patches)).toString('base64');
      return { allowed: true, patchType: 'JSONPatch', patch };
    });
    this.#removals.push(() => server.close());
    const webhook = {
      name: 'policies.example.com',
      clientConfig: { url: server.url, caBundle: server.caBundle },
      rules: rulesOf(mutations),
      namespaceSelector: this.#namespaceSelector(),
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    };
    const kind = 'MutatingWebhookConfiguration';
    await this.#create({ apiVersion: API_VERSION, kind, metadata: { name }, webhooks: [webhook] });
  }

  /** Creates an object that `remove` deletes, before everything that was created earlier. */
  async #create(manifest: Manifest): Promise<void> {
    await this.#cluster.create(manifest);
    const address: Address = [manifest.kind, undefined, manifest.metadata.name];
    this.#removals.unshift(() => this.#cluster.delete(...address));
  }

  #namespaceSelector(): Fields {
    return { matchLabels: { 'kubernetes.io/metadata.name': this.#namespace } };
  }

  /** Waits until the API server applies a policy to new objects. */
  async #waitUntilMarked(kind: PolicyKind, policy: string): Promise<void> {
    await eventually(async () => {
      const name = `probe-${crypto.randomUUID().slice(0, 8)}`;
      const { metadata } = await this.#cluster.apply([kind, this.#namespace, name], { spec: PROBES[kind] });
      await this.#cluster.delete(kind, this.#namespace, name);
      if (metadata.annotations?.[`${MARK}${policy}`] === undefined)
        throw new Error(`the policy ${policy} is not effective yet`);
    });
  }
}

/** The new and updated objects that mutations of one kind match. */
function rulesOf([mutation]: readonly Mutation[]): readonly Fields[] {
  if (mutation === undefined) return [];
  return [{ ...RULES[mutation.kind], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'] }];
}
