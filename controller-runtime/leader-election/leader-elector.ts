import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';
import { type Clock, sleep } from '../clock/clock.ts';
import type { Logger } from '../logger/logger.ts';

const LEASES: Resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** How leadership is timed, as client-go's leader election: duration > renew deadline > retry period. */
export interface LeaseTiming {
  /** How long others leave the lease alone after they saw it renewed. */
  readonly leaseDurationSeconds: number;
  /** How long the leader goes on without a renewal before it stops writing. */
  readonly renewDeadlineSeconds: number;
  /** The pause between two tries to get or renew it. */
  readonly retryPeriodSeconds: number;
}

/** The timing of controller-runtime's managers. */
export const DEFAULT_LEASE_TIMING: LeaseTiming = {
  leaseDurationSeconds: 15,
  renewDeadlineSeconds: 10,
  retryPeriodSeconds: 2,
};

/** What a leader elector needs. */
export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly leaseName: string;
  /** Distinguishes this process from every other candidate, past and present. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange?: (isLeader: boolean) => void;
}

interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec: LeaseSpec;
}

interface LeaseSpec {
  readonly holderIdentity?: string | undefined;
  readonly leaseDurationSeconds?: number | undefined;
  readonly acquireTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly leaseTransitions?: number | undefined;
}

/**
 * Holds a Lease so that of several replicas one writes. Spans are measured by the monotonic clock and from before the
 * request that renewed, so that a slow answer or a jump of the time of day never makes two leaders; another's lease has
 * run out when it was seen unchanged for its whole duration, whatever its times say.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  /** The lease as last seen, and when it was first seen so. */
  #seen: { lease: Lease; sinceMs: number } | undefined;
  /** When the last successful renewal was begun; undefined while not the leader. */
  #renewedMs: number | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
  }

  /** Says whether this process may write now; asked before each write. */
  isLeader(): boolean {
    if (this.#renewedMs === undefined) return false;
    const { clock, timing } = this.#options;
    return clock.monotonicMs() - this.#renewedMs < timing.renewDeadlineSeconds * 1000;
  }

  /** Resolves once this process is the leader, or the signal has fired. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, timing, log, leaseName, identity } = this.#options;
    log.info({ lease: leaseName, identity }, 'waiting for the leader lease');
    while (!signal.aborted) {
      if (await this.#try(signal)) {
        log.info({ lease: leaseName, identity }, 'became the leader');
        this.#options.onChange?.(true);
        return;
      }
      await sleep(clock, timing.retryPeriodSeconds * 1000, signal);
    }
  }

  /** Keeps renewing; resolves when leadership is lost, which is final for this process, or the signal has fired. */
  async hold(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const { clock, timing, log, leaseName } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, timing.retryPeriodSeconds * 1000, signal);
      if (signal.aborted) break;
      await this.#renew(signal);
      if (this.isLeader()) continue;
      this.#renewedMs = undefined;
      this.#options.onChange?.(false);
      log.error(
        { lease: leaseName },
        'lost the leader lease: not renewed before the deadline, or acquired by another replica',
      );
      return 'lost';
    }
    return 'stopped';
  }

  /** Gives the lease up, so that another replica need not wait until it runs out. The caller has stopped writing. */
  async release(): Promise<void> {
    const { log, leaseName } = this.#options;
    const held = this.#seen?.lease;
    if (this.#renewedMs === undefined || held === undefined) return;
    try {
      await this.#giveUp(held);
      log.info({ lease: leaseName }, 'released the leader lease');
    } catch (error) {
      log.warn({ lease: leaseName, error }, 'cannot release the leader lease; other replicas wait until it expires');
    }
    this.#renewedMs = undefined;
    this.#options.onChange?.(false);
  }

  async #giveUp(held: Lease): Promise<void> {
    const free = (lease: Lease): Promise<Lease> =>
      this.#replace(lease, { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 });
    try {
      await free(held);
    } catch (error) {
      if (!isCode(error, 409)) throw error;
      // A renewal that was broken off may have reached the server all the same.
      const current = await this.#read();
      if (current?.spec.holderIdentity === this.#options.identity) await free(current);
    }
  }

  /** Renews; a lease that was changed or deleted meanwhile is looked at again at once, since another may lead already. */
  async #renew(signal: AbortSignal): Promise<void> {
    const isRenewed = await this.#try(signal);
    if (!isRenewed && this.#seen === undefined) await this.#try(signal);
  }

  /** One try to get or renew the lease; says whether it succeeded. Failures are logged: the next try follows. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { clock, log, leaseName } = this.#options;
    const begunMs = clock.monotonicMs();
    try {
      const lease = await this.#write(signal);
      if (lease === undefined) return false;
      this.#see(lease);
      this.#renewedMs = begunMs;
      return true;
    } catch (error) {
      // It is not what it was: another candidate was faster, or somebody deleted it. The next look shows it.
      if (isCode(error, 409) || isCode(error, 404)) this.#seen = undefined;
      if (!signal.aborted) log.warn({ lease: leaseName, error }, 'cannot acquire or renew the leader lease; retrying');
      return false;
    }
  }

  /** Writes the lease as ours if it is to be had; undefined when another holds it. */
  async #write(signal: AbortSignal): Promise<Lease | undefined> {
    const { identity } = this.#options;
    // The leader need not read before it renews: a lease that has changed since is refused as a conflict.
    const isRenewal = this.#renewedMs !== undefined && this.#seen?.lease.spec.holderIdentity === identity;
    const current = isRenewal ? this.#seen?.lease : await this.#read(signal);
    if (current === undefined) return this.#create(signal);
    if (!isRenewal) this.#see(current);
    if (!this.#isFree(current)) {
      // Whatever is left of our own time: its holder leads.
      this.#renewedMs = undefined;
      return undefined;
    }
    return this.#replace(current, this.#claim(current.spec), signal);
  }

  #isFree(lease: Lease): boolean {
    const { holderIdentity, leaseDurationSeconds } = lease.spec;
    if ((holderIdentity ?? '') === '' || holderIdentity === this.#options.identity) return true;
    const durationSeconds = leaseDurationSeconds ?? this.#options.timing.leaseDurationSeconds;
    const sinceMs = this.#seen?.sinceMs ?? Number.POSITIVE_INFINITY;
    return this.#options.clock.monotonicMs() - sinceMs >= durationSeconds * 1000;
  }

  #claim(spec: LeaseSpec): LeaseSpec {
    const { identity, timing, clock } = this.#options;
    const now = microTime(clock.now());
    const isOurs = spec.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: timing.leaseDurationSeconds,
      acquireTime: isOurs ? (spec.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (spec.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
  }

  #see(lease: Lease): void {
    const isUnchanged = this.#seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
    if (!isUnchanged) this.#seen = { lease, sinceMs: this.#options.clock.monotonicMs() };
  }

  async #read(signal?: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.#options.client.send<Lease>(
        { method: 'GET', path: this.#path(), timeoutMs: this.#timeoutMs() },
        signal,
      );
    } catch (error) {
      if (isCode(error, 404)) return undefined;
      throw error;
    }
  }

  #create(signal: AbortSignal): Promise<Lease> {
    const { client, namespace, leaseName } = this.#options;
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: leaseName, namespace },
      spec: this.#claim({}),
    };
    const path = collectionPath(LEASES, namespace);
    return client.send<Lease>({ method: 'POST', path, body: lease, timeoutMs: this.#timeoutMs() }, signal);
  }

  #replace(current: Lease, spec: LeaseSpec, signal?: AbortSignal): Promise<Lease> {
    const body: Lease = { ...current, spec };
    return this.#options.client.send<Lease>(
      { method: 'PUT', path: this.#path(), body, timeoutMs: this.#timeoutMs() },
      signal,
    );
  }

  #path(): string {
    return objectPath(LEASES, this.#options.namespace, this.#options.leaseName);
  }

  /**
   * Short enough that a request which hangs leaves time for another before the deadline, and never beyond the end of our
   * own lease: before another may lead, a leader that cannot renew is to have ended, with all that it has under way.
   */
  #timeoutMs(): number {
    const { clock, timing } = this.#options;
    const halfMs = (timing.renewDeadlineSeconds * 1000) / 2;
    if (this.#renewedMs === undefined) return halfMs;
    const leftMs = this.#renewedMs + timing.leaseDurationSeconds * 1000 - clock.monotonicMs();
    return leftMs >= 1 ? Math.min(halfMs, Math.floor(leftMs)) : halfMs;
  }
}

/** A time as Kubernetes' MicroTime wants it: six digits of a second's fraction. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}
