import { readFile } from 'node:fs/promises';
import type { Agent as HttpAgent, OutgoingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { mergeKubeconfigFiles, readKubeconfigFile } from './kubeconfig-files.ts';

/** How long credentials are used before they are reloaded. Rotated tokens overlap for far longer. */
const CREDENTIALS_LIFETIME_MS = 30_000;
/** Shorter than the idle timeouts of load balancers. Also detects a peer that has disappeared. */
const KEEP_ALIVE_PROBE_MS = 30_000;

const NO_CLUSTER =
  'no cluster is configured: set the variable KUBECONFIG, or run in a pod that has a service account token';
/** The library's default server if it finds no configuration. */
const LIBRARY_FALLBACK = 'http://localhost:8080';

/** The agent and the headers that authenticate a request to the API server. */
export interface Connection {
  readonly agent: HttpAgent;
  readonly headers: OutgoingHttpHeaders;
}

type TlsIdentity = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

/**
 * The URL of the API server and the credentials for it. Credentials are reloaded periodically and after a 401, to pick up a
 * rotated token or client certificate.
 */
export class ApiServerConnection {
  readonly server: URL;
  readonly #config: KubeConfig;
  readonly #now: () => number;
  #current: (Connection & { identity: TlsIdentity; readAt: number }) | undefined;
  #reading: Promise<Connection> | undefined;

  /** `now` is a monotonic clock in milliseconds. */
  constructor(config: KubeConfig, now: () => number = () => performance.now()) {
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error(NO_CLUSTER);
    this.server = new URL(server);
    this.#config = config;
    this.#now = now;
  }

  /** Resolves to the current connection. Rejects if the credentials cannot be read. */
  async get(): Promise<Connection> {
    const current = this.#current;
    if (current !== undefined && this.#now() - current.readAt < CREDENTIALS_LIFETIME_MS) return current;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Makes the next request reload the credentials. */
  expireCredentials(): void {
    if (this.#current !== undefined) this.#current.readAt = Number.NEGATIVE_INFINITY;
  }

  /** Closes idle connections, so that the next request opens a new one. */
  closeIdle(): void {
    for (const socket of Object.values(this.#current?.agent.freeSockets ?? {}).flat()) socket?.destroy();
  }

  /** Closes all connections, including those in use. */
  close(): void {
    this.#current?.agent.destroy();
  }

  async #read(): Promise<Connection> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const identity: TlsIdentity = {
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      rejectUnauthorized: options.rejectUnauthorized,
      servername: options.servername,
    };
    const previous = this.#current;
    const isSame = previous !== undefined && isDeepStrictEqual(previous.identity, identity);
    // The library never replaces its agent, so a proxy's agent keeps its first certificates.
    const agent = isSame ? previous.agent : this.#agentFor(options, identity);
    this.#current = {
      agent,
      headers: {
        // SAFETY: the library fills in an object of header names and values.
        ...(options.headers as OutgoingHttpHeaders | undefined),
        ...(await this.#readTokenFile()),
      },
      identity,
      readAt: this.#now(),
    };
    return this.#current;
  }

  /** The library caches a token file for a minute, even after the server has rejected the token. */
  async #readTokenFile(): Promise<OutgoingHttpHeaders> {
    // SAFETY: what loadFromCluster sets; other providers have no such field.
    const provider = this.#config.getCurrentUser()?.authProvider as
      { config?: { tokenFile?: string } } | null | undefined;
    const file = provider?.config?.tokenFile;
    return file === undefined ? {} : { Authorization: `Bearer ${(await readFile(file, 'utf8')).trim()}` };
  }

  #agentFor(options: RequestOptions, identity: TlsIdentity): HttpAgent {
    const isDirect = this.#config.getCurrentCluster()?.proxyUrl === undefined && this.server.protocol === 'https:';
    // SAFETY: the library always sets an agent.
    if (!isDirect) return options.agent as HttpAgent;
    return new Agent({
      ...identity,
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_PROBE_MS,
      scheduling: 'lifo',
    });
  }
}

/** Loads the configuration like kubectl: `kubeconfig`, else the KUBECONFIG variable, else the pod's service account. */
export function loadKubeConfig(
  choice: { kubeconfig?: string | undefined; context?: string | undefined } = {},
): KubeConfig {
  const config = choice.kubeconfig === undefined ? loadDefault() : readKubeconfigFile(choice.kubeconfig);
  if (config.getCurrentCluster()?.server === LIBRARY_FALLBACK) throw new Error(NO_CLUSTER);
  // As with kubectl, a server may be plain HTTP, such as `kubectl proxy`: the library allows it only without a check of TLS.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  if (choice.context !== undefined) {
    if (config.getContextObject(choice.context) === null) {
      const known = config.getContexts().map((context) => context.name);
      throw new Error(`the kubeconfig has no context "${choice.context}"; it has: ${known.join(', ') || 'none'}`);
    }
    config.setCurrentContext(choice.context);
  }
  return config;
}

function loadDefault(): KubeConfig {
  const files = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return mergeKubeconfigFiles(files);
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}
