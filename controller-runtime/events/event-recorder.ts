import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import type { KubernetesObject } from '../object/object.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';
import type { Clock } from '../clock/clock.ts';
import { microTime } from '../leader-election/leader-elector.ts';
import type { Logger } from '../logger/logger.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', plural: 'events' };

/** As in client-go: an event with the same reason within this time extends the series, regardless of its note. */
const SERIES_MS = 10 * 60_000;
/** The second event of a series is written immediately, later ones at most this often. The others are counted. */
const SERIES_UPDATE_MS = 60_000;
/** As in client-go's spam filter: 25 events per object at once, then one every five minutes. */
const BUDGET: TokenBucketPolicy = { burst: 25, refillMs: 5 * 60_000 };
/** The maximum number of cached series and budgets. The oldest are evicted first. */
const MAX_CACHED = 4096;
/** The API's limit for an event's note, in bytes. */
const MAX_NOTE_BYTES = 1024;

/** An event that `kubectl describe` shows. */
export interface EventToRecord {
  readonly type: 'Normal' | 'Warning';
  /** One of the documented reasons, in CamelCase. */
  readonly reason: string;
  /** What the operator was doing, in CamelCase. */
  readonly action: string;
  readonly note: string;
}

/** The object that an event is about. */
export interface EventSubject extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The options of an event recorder. */
export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** The names of the controller, such as `example.io/operator`, and of this instance. */
  readonly reporter: { readonly controller: string; readonly instance: string };
}

interface Series {
  readonly name: string;
  readonly startMs: number;
  count: number;
  writtenMs: number;
}

/**
 * Records events (events.k8s.io/v1) in the background. Events with the same reason within ten minutes form a series. The
 * number of events per object is limited. An event that cannot be written is logged and dropped.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, TokenBucket>();
  readonly #pending = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Records an event about an object. Returns immediately and never throws. */
  record(subject: EventSubject, event: EventToRecord): void {
    const writing = this.#write(subject, event).catch((error: unknown) => {
      const { namespace, name } = subject.metadata;
      this.#options.log.warn({ namespace, name, reason: event.reason, error }, 'cannot record an event; dropping it');
    });
    this.#pending.add(writing);
    void writing.finally(() => this.#pending.delete(writing));
  }

  /** Resolves once every recorded event is written or dropped. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #write(subject: EventSubject, event: EventToRecord): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const key = [subject.metadata.uid, event.type, event.reason, event.action].join('\n');
    const series = this.#series.get(key);
    if (series !== undefined && nowMs - series.startMs < SERIES_MS) {
      await this.#updateSeries(subject, { key, series }, nowMs);
      return;
    }
    if (!this.#spend(subject.metadata.uid)) return;
    const name = `${subject.metadata.name}.${Math.trunc(this.#options.clock.now().getTime()).toString(16)}${crypto.randomUUID().slice(0, 8)}`;
    cache(this.#series, key, { name, startMs: nowMs, count: 1, writtenMs: nowMs });
    try {
      await this.#create(subject, event, name);
    } catch (error) {
      this.#series.delete(key);
      throw error;
    }
  }

  async #updateSeries(
    subject: EventSubject,
    { key, series }: { key: string; series: Series },
    nowMs: number,
  ): Promise<void> {
    series.count += 1;
    if (series.count > 2 && nowMs - series.writtenMs < SERIES_UPDATE_MS) return;
    series.writtenMs = nowMs;
    const lastObservedTime = microTime(this.#options.clock.now());
    try {
      await this.#options.client.send({
        method: 'PATCH',
        path: objectPath(EVENTS, subject.metadata.namespace, series.name),
        body: { series: { count: series.count, lastObservedTime } },
        bodyType: 'application/merge-patch+json',
      });
    } catch (error) {
      // The event was deleted, or its TTL (one hour by default) has expired: the next one starts a new series.
      if (!(error instanceof ApiError && error.code === 404)) throw error;
      this.#series.delete(key);
    }
  }

  async #create(subject: EventSubject, event: EventToRecord, name: string): Promise<void> {
    const { client, clock, reporter } = this.#options;
    const { namespace } = subject.metadata;
    await client.send({
      method: 'POST',
      path: collectionPath(EVENTS, namespace),
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace },
        eventTime: microTime(clock.now()),
        type: event.type,
        reason: event.reason,
        action: event.action,
        note: truncateToBytes(event.note, MAX_NOTE_BYTES),
        regarding: {
          apiVersion: subject.apiVersion,
          kind: subject.kind,
          namespace,
          name: subject.metadata.name,
          uid: subject.metadata.uid,
          resourceVersion: subject.metadata.resourceVersion,
        },
        reportingController: reporter.controller,
        reportingInstance: reporter.instance,
      },
    });
  }

  /** Takes one token of the object's budget. Returns whether one was available. */
  #spend(uid: string): boolean {
    const budget = this.#budgets.get(uid) ?? new TokenBucket(BUDGET, this.#options.clock);
    cache(this.#budgets, uid, budget);
    return budget.take();
  }
}

function cache<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_CACHED && oldest !== undefined) map.delete(oldest);
}

/** Truncates a text to at most `bytes` bytes of UTF-8, between two characters, with an ellipsis. */
function truncateToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  const ellipsis = '…';
  let end = bytes - Buffer.byteLength(ellipsis);
  while (isContinuation(encoded[end])) end -= 1;
  return encoded.toString('utf8', 0, end) + ellipsis;
}

/** Returns whether a byte is a UTF-8 continuation byte. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
