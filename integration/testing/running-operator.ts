import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Manager } from '../../controller-runtime/manager/manager.ts';
import { CHILD_KINDS } from '../../operator/caches.ts';
import { createOperator } from '../../operator/operator.ts';
import { ApiServerConnection } from '../../controller-runtime/client/connection.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { AdjustableClock } from '../../controller-runtime/testing/adjustable-clock.ts';
import { type AuditedRequest, inShort, isWrite } from '../../controller-runtime/testing/audit-log.ts';
import { eventually, settled } from '../../controller-runtime/testing/eventually.ts';
import { untilIdle } from '../../controller-runtime/testing/until-idle.ts';
import type { TestServer } from './test-server.ts';

/** The image of resources that set no spec.image. */
export const DEFAULT_IMAGE = 'registry.example.com/converter:1.0.0';

/** How long nothing must happen, where nothing is to happen. */
const QUIET_MS = 150;

/** By default the operator watches all namespaces, as cluster administrator, without a proxy. */
export interface RunOptions {
  readonly watchNamespaces?: readonly string[];
  readonly kubeConfig?: KubeConfig;
  readonly image?: string;
  readonly leaderElection?: { readonly namespace: string; readonly leaseName: string };
}

/** The resources that an operator watches: the converters, their children, and the pods. */
export const WATCHED_KINDS = CHILD_KINDS.length + 2;

let count = 0;

/** An operator that runs in this process as main.ts runs it, with a clock that the test advances. */
export class RunningOperator {
  readonly clock = new AdjustableClock();
  readonly log = new RecordedLog();
  /** Identifies its requests in the audit log. */
  readonly userAgent: string;
  /** Resolves when the operator has stopped or lost its lease. */
  readonly ended: Promise<'stopped' | 'lost'>;
  readonly #server: TestServer;
  readonly #namespaces: readonly string[];
  readonly #operator: Manager;
  readonly #stop = new AbortController();

  constructor(server: TestServer, options: RunOptions) {
    count += 1;
    const version = `test-${count}`;
    this.#server = server;
    this.#namespaces = options.watchNamespaces ?? [];
    this.userAgent = `temperature-converter-operator/${version}`;
    const kubeConfig = options.kubeConfig ?? server.apiServer.kubeConfig;
    this.#operator = createOperator({
      connection: new ApiServerConnection(kubeConfig, () => this.clock.monotonicMs()),
      defaults: { image: options.image ?? DEFAULT_IMAGE },
      watchNamespaces: this.#namespaces,
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

  /** Stops the operator as SIGTERM does; resolves when it has stopped. */
  async stop(): Promise<'stopped' | 'lost'> {
    this.#stop.abort();
    return this.ended;
  }

  /** The sum of a metric over all series with these labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const { values } = (await this.#operator.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    const matching = values.filter((value) =>
      Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
    );
    return matching.reduce((sum, { value }) => sum + value, 0);
  }

  /** Resolves once the caches but `except` hold what the API server has, and nothing is left to do but what is due later. */
  async idle({ except = [] }: { except?: readonly string[] } = {}): Promise<void> {
    await untilIdle(this.#operator, { client: this.#server.cluster.client, namespaces: this.#namespaces, except });
  }

  /** Resolves once no request has completed for that long, no key was queued and no worker active: it does nothing more. */
  async quiet(quietMs = QUIET_MS): Promise<void> {
    let busySamples = 0;
    await settled(
      async () => {
        const [requests, depth, active] = await Promise.all([
          this.metric('rest_client_requests_total'),
          this.metric('workqueue_depth'),
          this.metric('controller_runtime_active_workers'),
        ]);
        if (depth + active > 0) busySamples += 1;
        return requests + busySamples;
      },
      { quietMs },
    );
  }

  /** Resolves once no request has completed for that long, although reconciles may wait for the API server. */
  async noRequests(quietMs = QUIET_MS): Promise<void> {
    await settled(() => this.metric('rest_client_requests_total'), { quietMs });
  }

  /** The operator's requests so far, from the audit log. */
  async requests(): Promise<readonly AuditedRequest[]> {
    const requests = await this.#server.audit.requests();
    return requests.filter(({ userAgent }) => userAgent === this.userAgent);
  }

  /** The operator's writes after the first `after`, in short form and sorted. */
  async writes(after = 0): Promise<readonly string[]> {
    const requests = await this.requests();
    return requests.filter(isWrite).slice(after).map(inShort).toSorted();
  }
}
