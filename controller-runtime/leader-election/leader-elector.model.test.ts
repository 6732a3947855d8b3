import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { type Exchange, FakeServer } from '../testing/fake-server.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { DEFAULT_LEASE_TIMING, LeaderElector } from './leader-elector.ts';
import { RecordedLog } from '../testing/recorded-log.ts';

/** The network of a candidate: `deaf` loses the response, `late` delays the response, `slow` delays the request. */
type Network = 'up' | 'down' | 'deaf' | 'late' | 'slow';

/** The state of both networks for a number of seconds. */
interface Episode {
  readonly seconds: number;
  readonly a: Network;
  readonly b: Network;
}

/** A candidate that restarts after it has lost the lease. */
class Candidate implements Disposable {
  readonly name: string;
  readonly clock = new FakeClock();
  readonly #server: FakeServer;
  readonly #stop = new AbortController();
  #elector: LeaderElector;
  #starts = 0;

  constructor(server: FakeServer, name: string) {
    this.#server = server;
    this.name = name;
    this.#elector = this.#create();
    void this.#run();
  }

  get isLeader(): boolean {
    return this.#elector.isLeader();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#elector.acquire(signal);
      await this.#elector.hold(signal);
      this.#elector = this.#create();
    }
  }

  #create(): LeaderElector {
    this.#starts += 1;
    return new LeaderElector({
      client: this.#server.client({ userAgent: this.name }),
      namespace: 'blue',
      leaseName: 'operator',
      identity: `${this.name}-${this.#starts}`,
      timing: DEFAULT_LEASE_TIMING,
      clock: this.clock,
      log: new RecordedLog(),
    });
  }
}

/** An API server with one Lease and a separate network for each candidate. */
class LeaseServer {
  readonly network: Record<string, Network> = {};
  readonly #delayed: { readonly name: string; readonly deliver: () => void }[] = [];
  #stored: { metadata: { resourceVersion: string } } | undefined;
  #resourceVersion = 0;

  constructor(server: FakeServer) {
    void this.#serve(server);
  }

  hasDelayed(name: string): boolean {
    return this.#delayed.some((delayed) => delayed.name === name);
  }

  /** Delivers all delayed requests and responses. */
  release(): void {
    for (const { deliver } of this.#delayed.splice(0)) deliver();
  }

  async #serve(server: FakeServer): Promise<void> {
    for (;;) this.#receive(await server.next());
  }

  #receive(exchange: Exchange): void {
    const name = exchange.request.headers['user-agent'] ?? '';
    switch (this.network[name] ?? 'up') {
      case 'up':
        answer(exchange, this.#handle(exchange), this.#stored);
        break;
      case 'down':
        exchange.reset();
        break;
      case 'deaf':
        this.#handle(exchange);
        exchange.reset();
        break;
      case 'late': {
        const code = this.#handle(exchange);
        const stored = this.#stored;
        this.#delayed.push({ name, deliver: () => answer(exchange, code, stored) });
        break;
      }
      case 'slow':
        this.#delayed.push({ name, deliver: () => answer(exchange, this.#handle(exchange), this.#stored) });
        break;
    }
  }

  #handle({ request: { method, body } }: Exchange): number {
    if (method === 'GET') return this.#stored === undefined ? 404 : 200;
    if (method === 'POST' && this.#stored !== undefined) return 409;
    // SAFETY: the elector writes leases only.
    const lease = body as { metadata: { resourceVersion: string } };
    if (method === 'PUT' && lease.metadata.resourceVersion !== this.#stored?.metadata.resourceVersion) return 409;
    this.#resourceVersion += 1;
    this.#stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#resourceVersion) } };
    return 200;
  }
}

function answer(exchange: Exchange, code: number, lease: unknown): void {
  if (code < 300) exchange.answer(code, lease);
  else exchange.refuse(code);
}

describe('two candidates', () => {
  const network = constantFrom<Network>('up', 'up', 'up', 'down', 'deaf', 'late', 'slow');
  const episode = record({ seconds: integer({ min: 1, max: 20 }), a: network, b: network });
  const trouble = array(episode, { minLength: 5, maxLength: 12, size: 'max' });

  it('never lead at the same time, regardless of network failures, and one leads once the network works', async () => {
    await assert(asyncProperty(trouble, runEpisodes), { numRuns: 10 });
  }, 60_000);
});

async function runEpisodes(trouble: readonly Episode[]): Promise<void> {
  await using server = await FakeServer.start();
  const leases = new LeaseServer(server);
  using a = new Candidate(server, 'a');
  using b = new Candidate(server, 'b');
  for (const { seconds, ...networks } of [...trouble, { seconds: 20, a: 'up', b: 'up' } as const]) {
    Object.assign(leases.network, networks);
    leases.release();
    for (let second = 0; second < seconds; second += 1) {
      await Promise.all([a, b].map((candidate) => advance(candidate, leases)));
      expect([a.isLeader, b.isLeader]).not.toEqual([true, true]);
    }
  }
  expect(a.isLeader).not.toBe(b.isLeader);
}

/** Advances the clock of a candidate by a second, and waits until it sleeps or its request is delayed. */
async function advance({ name, clock }: Candidate, leases: LeaseServer): Promise<void> {
  clock.advance(1000);
  while (!leases.hasDelayed(name) && clock.delaysMs.length === 0) await new Promise((resolve) => setImmediate(resolve));
}
