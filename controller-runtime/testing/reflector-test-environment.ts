import { afterEach, beforeEach, expect } from '@jest/globals';
import { type Exchange, FakeServer } from './fake-server.ts';
import type { Selection } from '../client/list-watch.ts';
import { FakeClock } from './fake-clock.ts';
import { ObjectStore } from '../cache/object-store.ts';
import { RecordedLog } from './recorded-log.ts';
import { Reflector } from '../cache/reflector.ts';

/** What the reflector follows; of an object it keeps the metadata. */
export interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly noise?: string;
}

/** Things of all namespaces. */
export const ALL: Selection = {
  resource: { group: 'example.io', version: 'v1', plural: 'things' },
  namespace: undefined,
};
/** Where they are. */
export const PATH = '/apis/example.io/v1/things';

/** The reflector waits for less than this before a request. */
const MAX_WAIT_MS = 30_000;

/** Gives each test a server, a clock and a store; ends the reflector after it. */
export function setUpReflectorTestEnvironment(): ReflectorTestEnvironment {
  const environment = new ReflectorTestEnvironment();
  beforeEach(() => environment.open());
  afterEach(() => environment.close());
  return environment;
}

/** A reflector between a server and a clock, both driven by hand. */
export class ReflectorTestEnvironment {
  clock = new FakeClock();
  log = new RecordedLog();
  store = new ObjectStore<Thing>();
  /** Each call of the observer, such as `list things`. */
  observerCalls: string[] = [];
  /** Resolves when the reflector has ended. */
  running: Promise<void> = Promise.resolve();
  /** Ends the reflector. */
  stop = new AbortController();
  #server: FakeServer | undefined;

  /** Begins anew. */
  async open(): Promise<void> {
    this.#server = await FakeServer.start();
    this.clock = new FakeClock();
    this.log = new RecordedLog();
    this.store = new ObjectStore();
    this.observerCalls = [];
    this.running = Promise.resolve();
    this.stop = new AbortController();
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** What the reflector asks. */
  get server(): FakeServer {
    if (this.#server === undefined) throw new Error('there is a server only during a test');
    return this.#server;
  }

  /** Starts a reflector whose random numbers are all the same; with 0, each delay is half of what it can be at most. */
  start(selection = ALL, drawn = 0): Reflector<Thing> {
    const { clock, log, store, observerCalls } = this;
    const reflector = new Reflector<Thing>({
      client: this.server.client({ clock: this.clock }),
      selection,
      store,
      trim: ({ metadata }) => ({ metadata }),
      clock,
      random: () => drawn,
      log,
      observer: {
        listed: (plural) => observerCalls.push(`list ${plural}`),
        watched: (plural) => observerCalls.push(`watch ${plural}`),
        event: (plural) => observerCalls.push(`event ${plural}`),
      },
    });
    this.running = reflector.run(this.stop.signal);
    return reflector;
  }

  /** The next request, which is to be a list; on a server that does not stream, what is asked for first is refused. */
  async nextList(): Promise<Exchange> {
    const exchange = await this.server.next();
    if (isStream(exchange)) {
      exchange.refuse(422, { reason: 'Invalid' });
      return this.nextList();
    }
    expect(exchange.request.query).not.toHaveProperty('watch');
    return exchange;
  }

  /** The next request, which is to be a watch that begins with what there is. */
  async nextStream(): Promise<Exchange> {
    const exchange = await this.server.next();
    expect(isStream(exchange)).toBe(true);
    return exchange;
  }

  /** The next request, which is to be a watch from that resource version on. */
  async nextWatch(resourceVersion: number): Promise<Exchange> {
    const exchange = await this.server.next();
    expect(exchange.request.query).toMatchObject({ watch: 'true', resourceVersion: String(resourceVersion) });
    return exchange;
  }

  /** Starts a reflector, and brings it to a watch that it began with `a` and `b` at 10, and then got a bookmark of 20. */
  async startStreaming(): Promise<Exchange> {
    const reflector = this.start();
    const stream = await this.nextStream();
    stream.begin();
    stream.writeEvent('ADDED', thing('b', 2));
    stream.writeEvent('ADDED', thing('a', 1));
    stream.writeEvent('BOOKMARK', bookmark(10, true));
    await reflector.synced;
    stream.writeEvent('BOOKMARK', bookmark(20));
    await this.received(4);
    return stream;
  }

  /** Starts a reflector, and brings it to a watch from 10 on, with `a` and `b` in the store. */
  async startWatching(): Promise<Exchange> {
    this.start();
    (await this.nextList()).answer(200, listOf(10, [thing('a', 1), thing('b', 2)]));
    const watch = await this.nextWatch(10);
    watch.begin();
    return watch;
  }

  /** Brings a reflector to a watch after three that ended at once. */
  async watchAfterTrouble(): Promise<Exchange> {
    (await this.startWatching()).end();
    await this.waitOut();
    for (let ends = 0; ends < 2; ends += 1) {
      (await this.nextWatch(10)).answer(200, '');
      await this.waitOut();
    }
    const watch = await this.nextWatch(10);
    watch.begin();
    return watch;
  }

  /** Advances the clock by the time that the reflector waits before its next request, and returns that time. */
  async waitOut(): Promise<number> {
    // A longer delay limits the silence of a watch.
    await until(() => this.#soonestMs < MAX_WAIT_MS);
    const delayMs = this.#soonestMs;
    this.clock.advance(delayMs);
    return delayMs;
  }

  /** Waits out one delay after the other until they last that long in all, and returns how long they did. */
  async waitOutAll(ms: number): Promise<number> {
    let waitedMs = 0;
    while (waitedMs < ms) waitedMs += await this.waitOut();
    return waitedMs;
  }

  /** Resolves once the reflector has received that many events in all. */
  async received(events: number): Promise<void> {
    await until(() => this.observerCalls.filter((entry) => entry === 'event things').length === events);
  }

  /** Resolves when the store tells of its next change. */
  nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.store.onChange(() => resolve());
    return promise;
  }

  get #soonestMs(): number {
    return this.clock.delaysMs[0] ?? Number.POSITIVE_INFINITY;
  }

  /** What the store holds, as `name@resourceVersion`. */
  content(): string[] {
    return [...this.store.list()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
  }
}

/** An object of that name, as of that version. */
export function thing(name: string, resourceVersion: number, namespace = 'blue'): Thing {
  return { metadata: { name, namespace, uid: name, resourceVersion: String(resourceVersion) } };
}

/** A page of a list, the last one unless there is a next. */
export function listOf(resourceVersion: number, items: readonly Thing[], next?: string): object {
  const metadata = { resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) };
  return { metadata, items };
}

/** A bookmark, which ends what there is if it is told to. */
export function bookmark(resourceVersion: number, isEnd = false): object {
  const annotations = isEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { metadata: { resourceVersion: String(resourceVersion), ...annotations } };
}

/** Resolves once a condition holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function isStream({ request }: Exchange): boolean {
  return request.query['sendInitialEvents'] === 'true';
}
