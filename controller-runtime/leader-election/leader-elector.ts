import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';
import { type Clock, sleep } from '../clock/clock.ts';
import type { Logger } from '../logger/logger.ts';

const LEASES: Resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** The timing of leader election, as in client-go: lease duration > renew deadline > retry period. */
export interface LeaseTiming {
  /** How long other candidates wait after an observed renewal before they acquire the lease. */
  readonly leaseDurationSeconds: number;
  /** How long the leader retries a renewal before it stops leading. */
  readonly renewDeadlineSeconds: number;
  /** The time between two attempts to acquire or renew the lease. */
  readonly retryPeriodSeconds: number;
}

/** The default timing of controller-runtime. */
export const DEFAULT_LEASE_TIMING: LeaseTiming = {
  leaseDurationSeconds: 15,
  renewDeadlineSeconds: 10,
  retryPeriodSeconds: 2,
};

/** The options of a leader elector. */
export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly leaseName: string;
  /** Unique among all candidates, past and present. */
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

/** A lease that the API server has stored, and when the write was sent (monotonic milliseconds). */
interface WrittenLease {
  readonly lease: Lease;
  readonly sentMs: number;
}

/**
 * Elects one of several replicas as the leader, by a Lease. Durations are measured by the monotonic clock from before the
 * renewal request, so that neither a slow response nor a jump of the time of day causes two leaders. Another replica's lease
 * has expired once it is observed unchanged for its whole duration, regardless of its timestamps.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  /** The last observed lease, and when it was first observed in this version. */
  #observed: { lease: Lease; sinceMs: number } | undefined;
  /** The start of the last successful renewal; undefined while not the leader. */
  #renewedMs: number | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
  }

  /** Returns whether this process is the leader now. Checked before each write. */
  isLeader(): boolean {
    return this.#untilDeadlineMs() > 0;
  }

  /** Resolves once this process is the leader, or the signal is aborted. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, timing, log, leaseName, identity } = this.#options;
    log.info({ lease: leaseName, identity }, 'waiting for the leader lease');
    while (!signal.aborted) {
      if (await this.#tryAcquireOrRenew(signal)) {
        log.info({ lease: leaseName, identity }, 'became the leader');
        this.#options.onChange?.(true);
        return;
      }
      await sleep(clock, timing.retryPeriodSeconds * 1000, signal);
    }
  }

  /**
   * Renews the lease until leadership is lost, which is final for this process, or the signal is aborted. It is lost at the
   * renew deadline, whatever is waited for: the caller must exit, since a write that was begun may not have been sent yet.
   */
  async hold(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const { clock, timing, log, leaseName } = this.#options;
    while (!signal.aborted) {
      const deadline = new AbortController();
      // A timer can fire a fraction of a millisecond early.
      const cancel = clock.schedule(Math.ceil(this.#untilDeadlineMs()) + 1, () => deadline.abort());
      const attempt = AbortSignal.any([signal, deadline.signal]);
      await sleep(clock, timing.retryPeriodSeconds * 1000, attempt);
      if (!attempt.aborted) await this.#renew(attempt);
      cancel();
      if (signal.aborted) break;
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

  /** Releases the lease, so that other replicas do not wait until it expires. The caller has stopped writing. */
  async release(): Promise<void> {
    const { timing, log, leaseName } = this.#options;
    const held = this.#observed?.lease;
    if (this.#renewedMs === undefined || held === undefined) return;
    try {
      await this.#clearHolder(held, AbortSignal.timeout(timing.renewDeadlineSeconds * 1000));
      log.info({ lease: leaseName }, 'released the leader lease');
    } catch (error) {
      log.warn({ lease: leaseName, error }, 'cannot release the leader lease; other replicas wait until it expires');
    }
    this.#renewedMs = undefined;
    this.#options.onChange?.(false);
  }

  async #clearHolder(held: Lease, signal: AbortSignal): Promise<void> {
    const free = (lease: Lease): Promise<Lease> =>
      this.#replace(lease, { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 }, signal);
    try {
      await free(held);
    } catch (error) {
      if (!isCode(error, 409)) throw error;
      // The server may have processed a renewal that was aborted.
      const current = await this.#read(signal);
      if (current?.spec.holderIdentity === this.#options.identity) await free(current);
    }
  }

  /** Renews the lease. After a conflict or a deletion, retries immediately, since another replica may lead already. */
  async #renew(signal: AbortSignal): Promise<void> {
    const isRenewed = await this.#tryAcquireOrRenew(signal);
    if (!isRenewed && this.#observed === undefined) await this.#tryAcquireOrRenew(signal);
  }

  /** The milliseconds until the renew deadline; 0 while not the leader. */
  #untilDeadlineMs(): number {
    if (this.#renewedMs === undefined) return 0;
    const { clock, timing } = this.#options;
    return Math.max(0, this.#renewedMs + timing.renewDeadlineSeconds * 1000 - clock.monotonicMs());
  }

  /** Makes one attempt to acquire or renew the lease. Returns whether it succeeded, and logs failures. */
  async #tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { log, leaseName } = this.#options;
    try {
      const written = await this.#write(signal);
      if (written === undefined) return false;
      this.#observe(written.lease);
      this.#renewedMs = written.sentMs;
      return true;
    } catch (error) {
      // The lease was changed or deleted. The next attempt reads it.
      if (isCode(error, 409) || isCode(error, 404)) this.#observed = undefined;
      if (!signal.aborted) log.warn({ lease: leaseName, error }, 'cannot acquire or renew the leader lease; retrying');
      return false;
    }
  }

  /** Writes the lease with this process as its holder. Resolves to undefined if another replica holds the lease. */
  async #write(signal: AbortSignal): Promise<WrittenLease | undefined> {
    const { identity } = this.#options;
    // A renewal needs no read: if the lease has changed, the write fails with a conflict.
    const isRenewal = this.#renewedMs !== undefined && this.#observed?.lease.spec.holderIdentity === identity;
    const current = isRenewal ? this.#observed?.lease : await this.#read(signal);
    if (current === undefined) return this.#timed(() => this.#create(signal), signal);
    if (!isRenewal) this.#observe(current);
    if (!this.#isFree(current)) {
      // Another replica leads, even if the lease of this process has not expired.
      this.#renewedMs = undefined;
      return undefined;
    }
    return this.#timed(() => this.#replace(current, this.#claim(current.spec), signal), signal);
  }

  /** Sends a write once it is allowed. Others cannot observe it before it is sent. */
  async #timed(send: () => Promise<Lease>, signal: AbortSignal): Promise<WrittenLease> {
    const { client, clock } = this.#options;
    await client.untilAllowed(signal);
    const sentMs = clock.monotonicMs();
    return { sentMs, lease: await send() };
  }

  #isFree(lease: Lease): boolean {
    const { holderIdentity, leaseDurationSeconds } = lease.spec;
    if ((holderIdentity ?? '') === '' || holderIdentity === this.#options.identity) return true;
    const durationSeconds = leaseDurationSeconds ?? this.#options.timing.leaseDurationSeconds;
    const sinceMs = this.#observed?.sinceMs ?? Number.POSITIVE_INFINITY;
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

  #observe(lease: Lease): void {
    const isUnchanged = this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
    if (!isUnchanged) this.#observed = { lease, sinceMs: this.#options.clock.monotonicMs() };
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.#options.client.send<Lease>(
        { method: 'GET', path: this.#path(), timeoutMs: this.#timeoutMs },
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
    return client.send<Lease>({ method: 'POST', path, body: lease, timeoutMs: this.#timeoutMs }, signal);
  }

  #replace(current: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<Lease> {
    const body: Lease = { ...current, spec };
    return this.#options.client.send<Lease>(
      { method: 'PUT', path: this.#path(), body, timeoutMs: this.#timeoutMs },
      signal,
    );
  }

  #path(): string {
    return objectPath(LEASES, this.#options.namespace, this.#options.leaseName);
  }

  /** The request timeout: after a hanging request there is time for another one before the renew deadline. */
  get #timeoutMs(): number {
    return (this.#options.timing.renewDeadlineSeconds * 1000) / 2;
  }
}

/** Formats a time as a Kubernetes MicroTime, with six fractional digits. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.code === code;
}
