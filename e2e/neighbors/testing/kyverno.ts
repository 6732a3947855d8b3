import { join } from 'node:path';
import { expect } from '@jest/globals';
import { eventually } from '../../../controller-runtime/testing/eventually.ts';
import { findCluster, type LocalCluster } from '../../../local-cluster/cluster.ts';
import { type Daemon, stopDaemon } from '../../../local-cluster/process/daemon.ts';
import { ensureModuleFiles } from '../../../local-cluster/toolchain/module-files.ts';
import { ensureTools } from '../../../local-cluster/tools.ts';
import type { Kubectl } from '../../testing/kubectl.ts';
import { installCrds } from './install-crds.ts';
import { findFreePort, type NeighborProgram, startNeighbor } from './neighbor-process.ts';

const NAMESPACE = 'kyverno';
/** The directories of Kyverno's definitions. */
const DEFINITIONS = ['kyverno', 'policies.kyverno.io', 'policyreport', 'reports'];
const MANAGED_WEBHOOKS = ['-l', 'webhook.kyverno.io/managed-by=kyverno'];
const POLICY_KINDS = 'clusterpolicies.kyverno.io,validatingpolicies.policies.kyverno.io';
const START_TIMEOUT_MS = 120_000;

/** A rule of a ClusterPolicy, without the resources that it matches. */
export interface Rule {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly [action: string]: unknown;
}

/** A validation in CEL, of resources that match as in a ValidatingAdmissionPolicy. */
export interface Validation {
  readonly resourceRules: readonly object[];
  readonly expression: string;
  readonly message: string;
}

/** A running Kyverno, as a process beside the cluster. */
export class Kyverno {
  readonly #kubectl: Kubectl;
  readonly #program: NeighborProgram;
  readonly #cluster: LocalCluster;
  #process: Daemon;

  private constructor(kubectl: Kubectl, cluster: LocalCluster, program: NeighborProgram, process: Daemon) {
    this.#kubectl = kubectl;
    this.#cluster = cluster;
    this.#program = program;
    this.#process = process;
  }

  /** Starts Kyverno's admission controller with its definitions. */
  static async start(cluster: LocalCluster, kubectl: Kubectl): Promise<Kyverno> {
    await installDefinitions(kubectl);
    await kubectl('create', 'namespace', NAMESPACE);
    const program = await programFor(cluster);
    const kyverno = new Kyverno(kubectl, cluster, program, await startNeighbor(cluster, program));
    await eventually(async () => {
      expect(await kyverno.#webhooks()).toContain('kyverno-policy-validating-webhook-cfg');
    }, START_TIMEOUT_MS);
    return kyverno;
  }

  /** Creates a ClusterPolicy for a namespace, and waits until Kyverno enforces it. */
  async addPolicy(name: string, namespace: string, rules: readonly Rule[]): Promise<void> {
    const manifest = {
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
      metadata: { name },
      spec: {
        background: false,
        validationFailureAction: 'Enforce',
        rules: rules.map(({ kinds, ...rule }) => ({
          match: { any: [{ resources: { kinds, namespaces: [namespace] } }] },
          ...rule,
        })),
      },
    };
    await this.#apply(manifest);
    await this.#kubectl('wait', 'clusterpolicy', name, '--for=condition=Ready', '--timeout=60s');
  }

  /** Creates a ValidatingPolicy for a namespace, and waits until Kyverno enforces it. */
  async addValidatingPolicy(name: string, namespace: string, validation: Validation): Promise<void> {
    const { resourceRules, expression, message } = validation;
    await this.#apply({
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ValidatingPolicy',
      metadata: { name },
      spec: {
        validationActions: ['Deny'],
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules,
        },
        validations: [{ expression, message }],
      },
    });
    const isReady = '--for=jsonpath={.status.conditionStatus.ready}=true';
    await this.#kubectl('wait', 'validatingpolicies.policies.kyverno.io', name, isReady, '--timeout=60s');
  }

  /** Deletes a policy, which exists as either kind. */
  async deletePolicy(name: string): Promise<void> {
    await this.#kubectl('delete', POLICY_KINDS, '--field-selector', `metadata.name=${name}`, '--timeout=60s');
  }

  /** Kills Kyverno. The API server keeps calling it. */
  async kill(): Promise<void> {
    await stopDaemon(this.#process, 0);
  }

  /** Starts Kyverno again at the same address. */
  async restart(): Promise<void> {
    this.#process = await startNeighbor(this.#cluster, this.#program);
  }

  /** Stops Kyverno, and deletes its policies and its webhooks, without which the API server would reject objects. */
  async stop(): Promise<void> {
    await this.#kubectl('delete', POLICY_KINDS, '--all', '--timeout=60s');
    await stopDaemon(this.#process);
    await this.#kubectl('delete', 'validatingwebhookconfigurations,mutatingwebhookconfigurations', ...MANAGED_WEBHOOKS);
    await this.#kubectl('delete', 'namespace', NAMESPACE, '--timeout=120s');
  }

  /** Applies a policy. Until Kyverno answers, the API server rejects every policy. */
  async #apply(policy: object): Promise<void> {
    await eventually(() => this.#kubectl.apply('default', policy), START_TIMEOUT_MS);
  }

  #webhooks(): Promise<string> {
    return this.#kubectl('get', 'validatingwebhookconfigurations', ...MANAGED_WEBHOOKS, '-o', 'name');
  }
}

async function installDefinitions(kubectl: Kubectl): Promise<void> {
  const modulePath = 'github.com/kyverno/kyverno';
  const crds = await ensureModuleFiles({ pinnedBy: 'kyverno', modulePath, part: 'config/crds' }, () => undefined);
  const files = DEFINITIONS.flatMap((directory) => ['-f', join(crds, directory)]);
  await installCrds(kubectl, files);
}

async function programFor(cluster: LocalCluster): Promise<NeighborProgram> {
  const { kyverno } = await ensureTools(['kyverno']);
  const address = await hostAddress(cluster);
  const port = await findFreePort();
  return {
    name: 'kyverno',
    argv: [
      kyverno,
      `--kubeconfig=${cluster.kubeconfigPath}`,
      // The API server calls Kyverno at this address instead of a Service.
      `--serverIP=${address}:${port}`,
      `--webhookServerHost=${address}`,
      `--webhookServerPort=${port}`,
      '--caSecretName=kyverno-ca',
      '--tlsSecretName=kyverno-tls',
      '--admissionReports=false',
      '--disableMetrics=true',
      '--controllerRuntimeMetricsAddress=0',
    ],
    environment: {
      HOME: cluster.stateDirectory,
      KYVERNO_NAMESPACE: NAMESPACE,
      KYVERNO_SERVICEACCOUNT_NAME: 'kyverno',
      KYVERNO_DEPLOYMENT: 'kyverno',
      KYVERNO_SVC: 'kyverno',
      KYVERNO_POD_NAME: 'kyverno',
      INIT_CONFIG: 'kyverno',
      METRICS_CONFIG: 'kyverno-metrics',
    },
  };
}

/** The address of this machine in the network of the cluster. */
async function hostAddress({ name }: LocalCluster): Promise<string> {
  const layout = await findCluster(name);
  if (layout === undefined) throw new Error(`The cluster ${name} does not exist.`);
  return layout.network.hostAddress;
}
