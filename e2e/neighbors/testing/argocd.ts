import { join } from 'node:path';
import { expect } from '@jest/globals';
import { eventually } from '../../../controller-runtime/testing/eventually.ts';
import type { LocalCluster } from '../../../local-cluster/cluster.ts';
import { type Daemon, DaemonDiedError, stopDaemon } from '../../../local-cluster/process/daemon.ts';
import { isRunning } from '../../../local-cluster/process/process-table.ts';
import { ensureModuleFiles } from '../../../local-cluster/toolchain/module-files.ts';
import type { Kubectl } from '../../testing/kubectl.ts';
import { ARGOCD_NAMESPACE, startArgoCdProcesses } from './argocd-processes.ts';
import { installCrds } from './install-crds.ts';

/** The beginning of the user agent of all requests by Argo CD. */
export const ARGOCD_USER_AGENT = 'argocd/';
/** The annotation or label by which Argo CD finds the objects of an Application. */
export type Tracking = 'annotation' | 'label';

/** The observed state of an Application. */
export interface ApplicationStatus {
  readonly sync?: { readonly status: string; readonly revision?: string };
  readonly health?: { readonly status: string; readonly message?: string };
  readonly operationState?: { readonly phase: string; readonly message?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
}

/** The settings of Argo CD that tests change, as in the ConfigMap argocd-cm. */
export interface ArgoCdSettings {
  readonly tracking: Tracking;
  /** The health check of TemperatureConverters, in Lua. */
  readonly healthCheck: string;
}

const OBJECT_LABELS = { 'app.kubernetes.io/part-of': ARGOCD_NAMESPACE };
const OTHER_CONFIG_MAPS = [
  'argocd-rbac-cm',
  'argocd-cmd-params-cm',
  'argocd-ssh-known-hosts-cm',
  'argocd-tls-certs-cm',
  'argocd-gpg-keys-cm',
];

/** A running Argo CD: application controller, repo server and Redis, as processes beside the cluster. */
export class ArgoCd {
  readonly #kubectl: Kubectl;
  readonly #processes: readonly Daemon[];

  private constructor(kubectl: Kubectl, processes: readonly Daemon[]) {
    this.#kubectl = kubectl;
    this.#processes = processes;
  }

  /** Starts Argo CD with its definitions and settings. */
  static async start(cluster: LocalCluster, kubectl: Kubectl, settings: ArgoCdSettings): Promise<ArgoCd> {
    await installDefinitions(kubectl);
    await kubectl('create', 'namespace', ARGOCD_NAMESPACE);
    await applySettings(kubectl, settings);
    for (const manifest of configuration()) await kubectl.apply(ARGOCD_NAMESPACE, manifest);
    return new ArgoCd(kubectl, await startArgoCdProcesses(cluster));
  }

  /** Applies an Application. */
  async apply(name: string, spec: object): Promise<void> {
    await this.#kubectl.apply(ARGOCD_NAMESPACE, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      // The finalizer makes Argo CD delete the objects of a deleted Application.
      metadata: { name, finalizers: ['resources-finalizer.argocd.argoproj.io'] },
      spec,
    });
  }

  /** Reads the status of an Application. */
  async status(name: string): Promise<ApplicationStatus> {
    const application = ['applications.argoproj.io', name, '-n', ARGOCD_NAMESPACE];
    const { status } = await this.#kubectl.json<{ status?: ApplicationStatus }>(...application);
    return status ?? {};
  }

  /** Makes Argo CD compare an Application with the newest revision now. */
  async refresh(name: string): Promise<void> {
    const annotate = ['annotate', 'applications.argoproj.io', name, '-n', ARGOCD_NAMESPACE, '--overwrite'];
    await this.#kubectl(...annotate, 'argocd.argoproj.io/refresh=normal');
  }

  /** Waits until a revision of an Application is Synced and Healthy. */
  async waitUntilHealthy(name: string, revision: string, timeoutSeconds = 180): Promise<void> {
    await this.refresh(name);
    await eventually(async () => {
      this.#expectRunning();
      const { sync, health, operationState, conditions } = await this.status(name);
      expect({ sync, health, operationState, conditions }).toMatchObject({
        sync: { status: 'Synced', revision },
        health: { status: 'Healthy' },
        operationState: { phase: 'Succeeded' },
      });
    }, timeoutSeconds * 1000);
  }

  /** Deletes an Application with its objects, and waits until it is deleted. */
  async delete(name: string): Promise<void> {
    await this.#kubectl('delete', 'applications.argoproj.io', name, '-n', ARGOCD_NAMESPACE, '--timeout=120s');
  }

  /** Stops Argo CD, and deletes its namespace. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => stopDaemon(process)));
    await this.#kubectl('delete', 'namespace', ARGOCD_NAMESPACE, '--timeout=120s');
  }

  #expectRunning(): void {
    const ended = this.#processes.find((process) => !isRunning(process));
    if (ended !== undefined) throw new DaemonDiedError(ended);
  }
}

async function installDefinitions(kubectl: Kubectl): Promise<void> {
  const modulePath = 'github.com/argoproj/argo-cd/v3';
  const crds = await ensureModuleFiles({ pinnedBy: 'argocd', modulePath, part: 'manifests/crds' }, () => undefined);
  const files = ['application-crd.yaml', 'appproject-crd.yaml'].flatMap((file) => ['-f', join(crds, file)]);
  await installCrds(kubectl, files);
}

async function applySettings(kubectl: Kubectl, { tracking, healthCheck }: ArgoCdSettings): Promise<void> {
  await kubectl.apply(
    ARGOCD_NAMESPACE,
    configMap('argocd-cm', {
      'application.resourceTrackingMethod': tracking,
      'resource.customizations.health.temperature-converter.io_TemperatureConverter': healthCheck,
    }),
  );
}

function configuration(): readonly object[] {
  return [
    ...OTHER_CONFIG_MAPS.map((name) => configMap(name)),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'argocd-secret', labels: OBJECT_LABELS },
      stringData: { 'server.secretkey': crypto.randomUUID() },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default' },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ server: '*', namespace: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
  ];
}

function configMap(name: string, data: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: OBJECT_LABELS }, data };
}
