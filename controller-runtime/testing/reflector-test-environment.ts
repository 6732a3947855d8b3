import { afterEach, beforeEach, expect } from '@jest/globals';
import { type Exchange, FakeServer } from './fake-server.ts';
import type { Selection } from '../client/list-watch.ts';
import { FakeClock } from './fake-clock.ts';
import { ObjectStore } from '../cache/object-store.ts';
import { RecordedLog } from './recorded-log.ts';
import { Reflector } from '../cache/reflector.ts';

/** An object that the reflector lists and watches. The reflector keeps only its metadata. */
export interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly noise?: string;
}

/** Things in all namespaces. */
export const ALL: Selection = {
  resource: { group: 'example.io', version: 'v1', plural: 'things' },
  namespace: undefined,
};
/** The path of the collection. */
export const PATH = '/apis/example.io/v1/things';

/** Backoffs of the reflector are shorter than this. */
const MAX_BACKOFF_MS = 30_000;

/** Creates a server, a clock and a store for each test, and stops the reflector after it. */
export function setUpReflectorTestEnvironment(): ReflectorTestEnvironment {
  const environment = new ReflectorTestEnvironment();
  beforeEach(() => environment.open());
  afterEach(() => environment.close());
  return environment;
}

/** A reflector with a fake server and a fake clock. */
export class ReflectorTestEnvironment {
  clock = new FakeClock();
  log = new RecordedLog();
  store = new ObjectStore<Thing>();
  /** Each call of the observer, such as `list things`. */
  observerCalls: string[] = [];
  /** Resolves once the reflector has stopped. */
  running: Promise<void> = Promise.resolve();
  /** Stops the reflector. */
  stop = new AbortController();
  #server: FakeServer | undefined;

  /** Creates a new environment. */
  async open(): Promise<void> {
    this.#server = await FakeServer.start();
    this.clock = new FakeClock();
    this.log = new RecordedLog();
    this.store = new ObjectStore();
    this.observerCalls = [];
    this.running = Promise.resolve();
    this.stop = new AbortController();
  }

  /** Stops the reflector and the server. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
    await this.#server?.[Symbol.asyncDispose]();
  }

  /** The API server of the reflector. */
  get server(): FakeServer {
    if (this.#server === undefined) throw new Error('the server exists only during a test');
    return this.#server;
  }

  /** Starts a reflector with a constant random number. With 0, each backoff is half of its maximum. */
  start(selection = ALL, random = 0, isOptional = false): Reflector<Thing> {
    const { clock, log, store, observerCalls } = this;
    const reflector = new Reflector<Thing>({
      client: this.server.client({ clock: this.clock }),
      selection,
      store,
      trim: ({ metadata }) => ({ metadata }),
      isOptional,
      clock,
      random: () => random,
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

  /** Resolves to the next request, and expects a paged list. Refuses a streamed one, like a server without WatchList. */
  async nextList(): Promise<Exchange> {
    const exchange = await this.server.next();
    if (isStreamedList(exchange)) {
      exchange.refuse(422, { reason: 'Invalid' });
      return this.nextList();
    }
    expect(exchange.request.query).not.toHaveProperty('watch');
    return exchange;
  }

  /** Resolves to the next request, and expects a watch that streams the initial list. */
  async nextStream(): Promise<Exchange> {
    const exchange = await this.server.next();
    expect(isStreamedList(exchange)).toBe(true);
    return exchange;
  }

  /** Resolves to the next request, and expects a watch from this resource version. */
  async nextWatch(resourceVersion: number): Promise<Exchange> {
    const exchange = await this.server.next();
    expect(exchange.request.query).toMatchObject({ watch: 'true', resourceVersion: String(resourceVersion) });
    return exchange;
  }

  /** Resolves to the next request, and expects a check of the server's current resource version. */
  async nextVersionCheck(): Promise<Exchange> {
    const exchange = await this.server.next();
    expect(exchange.request.query).toEqual({ limit: '1' });
    return exchange;
  }

  /** Answers the check of the resource version after an interruption, and resolves to the watch from this resource version. */
  async nextResumedWatch(resourceVersion: number): Promise<Exchange> {
    (await this.nextVersionCheck()).answer(200, listOf(resourceVersion, []));
    return this.nextWatch(resourceVersion);
  }

  /** Starts a reflector, streams an initial list of `a` and `b` as of 10, and sends a bookmark of 20. */
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

  /** Starts a reflector, answers its list with `a` and `b`, and accepts its watch from 10. */
  async startWatching(): Promise<Exchange> {
    this.start();
    (await this.nextList()).answer(200, listOf(10, [thing('a', 1), thing('b', 2)]));
    const watch = await this.nextWatch(10);
    watch.begin();
    return watch;
  }

  /** Starts a reflector, closes three watches immediately, and accepts the fourth. */
  async watchAfterFailures(): Promise<Exchange> {
    (await this.startWatching()).end();
    await this.advanceThroughBackoff();
    for (let ends = 0; ends < 2; ends += 1) {
      (await this.nextWatch(10)).answer(200, '');
      await this.advanceThroughBackoff();
    }
    const watch = await this.nextWatch(10);
    watch.begin();
    return watch;
  }

  /** Advances the clock by the reflector's backoff, and returns the backoff in milliseconds. */
  async advanceThroughBackoff(): Promise<number> {
    // Longer timers limit the silence of a watch.
    await until(() => this.#soonestMs < MAX_BACKOFF_MS);
    const delayMs = this.#soonestMs;
    this.clock.advance(delayMs);
    return delayMs;
  }

  /** Advances the clock by one backoff after another until they sum up to `ms`, and returns the sum. */
  async advanceThroughBackoffs(ms: number): Promise<number> {
    let waitedMs = 0;
    while (waitedMs < ms) waitedMs += await this.advanceThroughBackoff();
    return waitedMs;
  }

  /** Resolves once the reflector has received this number of events in total. */
  async received(events: number): Promise<void> {
    await until(() => this.observerCalls.filter((entry) => entry === 'event things').length === events);
  }

  /** Resolves on the next change of the store. */
  nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.store.onChange(() => resolve());
    return promise;
  }

  get #soonestMs(): number {
    return this.clock.delaysMs[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Returns the objects in the store as `name@resourceVersion`. */
  content(): string[] {
    return [...this.store.list()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
  }
}

/** Returns an object with this name and resource version. */
export function thing(name: string, resourceVersion: number, namespace = 'blue'): Thing {
  return { metadata: { name, namespace, uid: name, resourceVersion: String(resourceVersion) } };
}

/** Returns a page of a list, with a continue token if `next` is given. */
export function listOf(resourceVersion: number, items: readonly Thing[], next?: string): object {
  const metadata = { resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) };
  return { metadata, items };
}

/** Returns a bookmark, which can mark the end of the initial list. */
export function bookmark(resourceVersion: number, endsInitialList = false): object {
  const annotations = endsInitialList ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { metadata: { resourceVersion: String(resourceVersion), ...annotations } };
}

/** Resolves once a condition is true. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function isStreamedList({ request }: Exchange): boolean {
  return request.query['sendInitialEvents'] === 'true';
}
