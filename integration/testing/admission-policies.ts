import { eventually } from '../../controller-runtime/testing/eventually.ts';
import type { Cluster } from './cluster.ts';

const API_VERSION = 'admissionregistration.k8s.io/v1';

/** The API groups and resources of the kinds that policies match. */
const RULES = {
  Deployment: { apiGroups: ['apps'], resources: ['deployments'] },
  Service: { apiGroups: [''], resources: ['services'] },
  HorizontalPodAutoscaler: { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
} as const;

const MARK = 'policies.example.com/applied';
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

/** A kind that policies match. */
export type PolicyKind = keyof typeof RULES;

/** A change that a policy makes to every new or updated object of a kind, as an expression in CEL. */
export type Mutation = { readonly kind: PolicyKind } & (
  { readonly applyConfiguration: string } | { readonly jsonPatch: string }
);

/** Admission policies for one namespace. */
export class AdmissionPolicies {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #names: string[] = [];

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  /** Adds a policy that changes objects, as GKE Autopilot, meshes and policy engines do, and waits until it is effective. */
  async mutate(mutation: Mutation): Promise<void> {
    const { kind } = mutation;
    const name = `${kind.toLowerCase()}-${this.#namespace}-${this.#names.length}`;
    await this.#cluster.create({
      apiVersion: API_VERSION,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': this.#namespace } },
          resourceRules: [{ ...RULES[kind], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'] }],
        },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [mutationOf(mutation), markWith(name)],
      },
    });
    const binding = { apiVersion: API_VERSION, kind: 'MutatingAdmissionPolicyBinding' } as const;
    await this.#cluster.create({ ...binding, metadata: { name }, spec: { policyName: name } });
    this.#names.push(name);
    await this.#waitUntilMarked(kind, name);
  }

  /** Deletes all policies. */
  async remove(): Promise<void> {
    for (const name of this.#names.splice(0)) {
      await this.#cluster.delete('MutatingAdmissionPolicyBinding', undefined, name);
      await this.#cluster.delete('MutatingAdmissionPolicy', undefined, name);
    }
  }

  /** Waits until the API server applies a policy to new objects. */
  async #waitUntilMarked(kind: PolicyKind, policy: string): Promise<void> {
    await eventually(async () => {
      const name = `probe-${crypto.randomUUID().slice(0, 8)}`;
      const { metadata } = await this.#cluster.apply([kind, this.#namespace, name], { spec: PROBES[kind] });
      await this.#cluster.delete(kind, this.#namespace, name);
      if (metadata.annotations?.[MARK] !== policy) throw new Error(`the policy ${policy} is not effective yet`);
    });
  }
}

function mutationOf(mutation: Mutation): object {
  return 'jsonPatch' in mutation
    ? { patchType: 'JSONPatch', jsonPatch: { expression: mutation.jsonPatch } }
    : { patchType: 'ApplyConfiguration', applyConfiguration: { expression: mutation.applyConfiguration } };
}

/** A second change, by which a test sees that the policy is effective. */
function markWith(policy: string): object {
  const expression = `Object{metadata: Object.metadata{annotations: {"${MARK}": "${policy}"}}}`;
  return { patchType: 'ApplyConfiguration', applyConfiguration: { expression } };
}
