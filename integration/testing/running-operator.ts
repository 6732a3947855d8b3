import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Manager } from '../../controller-runtime/manager/manager.ts';
import { createOperator } from '../../operator/operator.ts';
import { ApiServerConnection, loadKubeConfig } from '../../controller-runtime/client/connection.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { AdjustableClock } from '../../controller-runtime/testing/adjustable-clock.ts';
import { type AuditedRequest, inShort, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { eventually, settled } from '../../controller-runtime/testing/eventually.ts';
import type { TestServer } from './test-server.ts';

/** The image of converters whose resource names none. */
export const DEFAULT_IMAGE = 'registry.example.com/converter:1.0.0';

/** No request for this long, with nothing in work, counts as idle. */
const QUIET_MS = 150;

/** How an operator is to run; by default in all namespaces, as cluster administrator, straight to the API server. */
export interface RunOptions {
  readonly watchNamespaces?: readonly string[];
  readonly kubeConfig?: KubeConfig;
  readonly image?: string;
  readonly leaderElection?: { readonly namespace: string; readonly leaseName: string };
}

let count = 0;

/** An operator that runs in this process, as main.ts would run it, with a clock that the test can put forward. */
export class RunningOperator {
  readonly clock = new AdjustableClock();
  readonly log = new RecordedLog();
  /** Names it in the audit log. */
  readonly userAgent: string;
  /** Resolves when it has ended, by itself or because it was stopped. */
  readonly ended: Promise<'stopped' | 'lost'>;
  readonly #server: TestServer;
  readonly #operator: Manager;
  readonly #stop = new AbortController();

  constructor(server: TestServer, options: RunOptions) {
    count += 1;
    const version = `test-${count}`;
    this.#server = server;
    this.userAgent = `temperature-converter-operator/${version}`;
    const kubeConfig = options.kubeConfig ?? loadKubeConfig({ kubeconfig: server.controlPlane.kubeconfigPath });
    this.#operator = createOperator({
      connection: new ApiServerConnection(kubeConfig, () => this.clock.monotonicMs()),
      defaults: { image: options.image ?? DEFAULT_IMAGE },
      watchNamespaces: options.watchNamespaces ?? [],
      workers: 10,
      leaderElection: options.leaderElection,
      instance: `instance-${count}`,
      version,
      log: this.log,
      clock: this.clock,
      random: Math.random,
    });
    this.ended = this.#operator.run(this.#stop.signal);
  }

  /** Says whether every cache holds a complete list. */
  get hasSynced(): boolean {
    return this.#operator.hasSynced();
  }

  /** Resolves once every cache holds a complete list. */
  async synced(): Promise<void> {
    await eventually(() => {
      if (!this.hasSynced) throw new Error('the caches are not synced');
    });
  }

  /** Stops it as SIGTERM does; resolves when it has ended. */
  async stop(): Promise<'stopped' | 'lost'> {
    this.#stop.abort();
    return this.ended;
  }

  /** The sum of a metric over all label values, or over those given. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const { values } = (await this.#operator.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    const matching = values.filter((value) =>
      Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
    );
    return matching.reduce((sum, { value }) => sum + value, 0);
  }

  /** Resolves once it has been idle for a moment: no request answered, no key waiting or in work. */
  async idle(quietMs = QUIET_MS): Promise<void> {
    let busy = 0;
    await settled(
      async () => {
        const [requests, depth, active] = await Promise.all([
          this.metric('rest_client_requests_total'),
          this.metric('workqueue_depth'),
          this.metric('controller_runtime_active_workers'),
        ]);
        if (depth + active > 0) busy += 1;
        return requests + busy;
      },
      { quietMs },
    );
  }

  /** What it has asked the API server so far. */
  async requests(): Promise<readonly AuditedRequest[]> {
    const requests = await this.#server.audit.requests();
    return requests.filter(({ userAgent }) => userAgent === this.userAgent);
  }

  /** What it has written so far, or after the first `after` writes: each in short, sorted. */
  async writes(after = 0): Promise<readonly string[]> {
    const requests = await this.requests();
    return requests.filter(isWrite).slice(after).map(inShort).toSorted();
  }
}
