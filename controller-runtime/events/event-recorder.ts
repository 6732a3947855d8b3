import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import type { KubernetesObject } from '../object/object.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';
import type { Clock } from '../clock/clock.ts';
import { microTime } from '../leader-election/leader-elector.ts';
import type { Logger } from '../logger/logger.ts';
import { TokenBucket, type TokenBucketPolicy } from '../clock/token-bucket.ts';

const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', plural: 'events' };

/** As client-go's recorder: an event of the same reason within this time counts up the first one, whatever its note. */
const SERIES_MS = 10 * 60_000;
/** The second of a series is told at once, later ones at most this often; what comes between is counted. */
const SERIES_UPDATE_MS = 60_000;
/** As client-go's spam filter: this many events of one object at once, then one more every five minutes. */
const BUDGET: TokenBucketPolicy = { burst: 25, refillMs: 5 * 60_000 };
/** Series and budgets that are remembered; the oldest are forgotten first. */
const REMEMBERED = 4096;
/** The API's bound on an event's note, in bytes. */
const NOTE_BYTES = 1024;

/** Something worth telling the user who runs `kubectl describe`. */
export interface EventToRecord {
  readonly type: 'Normal' | 'Warning';
  /** Why it is told: one of the documented reasons, in CamelCase. */
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

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** The controller's name, such as `example.io/operator`, and this process's. */
  readonly reporter: { readonly controller: string; readonly instance: string };
}

interface Series {
  readonly name: string;
  readonly begunMs: number;
  count: number;
  toldMs: number;
}

/**
 * Records events (events.k8s.io/v1) in the background: one of the same reason within ten minutes counts up the first, and an
 * object that gets too many is left alone for a while. An event that cannot be written is logged and dropped: nothing
 * depends on it.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, TokenBucket>();
  readonly #pending = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Records an event about an object; returns at once and never throws. */
  record(subject: EventSubject, event: EventToRecord): void {
    const writing = this.#write(subject, event).catch((error: unknown) => {
      const { namespace, name } = subject.metadata;
      this.#options.log.warn({ namespace, name, reason: event.reason, error }, 'cannot record an event; dropping it');
    });
    this.#pending.add(writing);
    void writing.finally(() => this.#pending.delete(writing));
  }

  /** Resolves when every event so far is written or dropped. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #write(subject: EventSubject, event: EventToRecord): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    const key = [subject.metadata.uid, event.type, event.reason, event.action].join('\n');
    const series = this.#series.get(key);
    if (series !== undefined && nowMs - series.begunMs < SERIES_MS) {
      await this.#countUp(subject, { key, series }, nowMs);
      return;
    }
    if (!this.#spend(subject.metadata.uid)) return;
    const name = `${subject.metadata.name}.${Math.trunc(this.#options.clock.now().getTime()).toString(16)}${crypto.randomUUID().slice(0, 8)}`;
    remember(this.#series, key, { name, begunMs: nowMs, count: 1, toldMs: nowMs });
    try {
      await this.#create(subject, event, name);
    } catch (error) {
      this.#series.delete(key);
      throw error;
    }
  }

  async #countUp(
    subject: EventSubject,
    { key, series }: { key: string; series: Series },
    nowMs: number,
  ): Promise<void> {
    series.count += 1;
    if (series.count > 2 && nowMs - series.toldMs < SERIES_UPDATE_MS) return;
    series.toldMs = nowMs;
    const lastObservedTime = microTime(this.#options.clock.now());
    try {
      await this.#options.client.send({
        method: 'PATCH',
        path: objectPath(EVENTS, subject.metadata.namespace, series.name),
        body: { series: { count: series.count, lastObservedTime } },
        bodyType: 'application/merge-patch+json',
      });
    } catch (error) {
      // The server has dropped the event, after an hour if nobody did before: the next one begins a new series.
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
        note: cutToBytes(event.note, NOTE_BYTES),
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

  /** Takes one token of the object's budget; says whether there was one. */
  #spend(uid: string): boolean {
    const budget = this.#budgets.get(uid) ?? new TokenBucket(BUDGET, this.#options.clock);
    remember(this.#budgets, uid, budget);
    return budget.take();
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/** Cuts a text so that it has at most so many bytes of UTF-8, between two characters, and says so with an ellipsis. */
function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  const ellipsis = '…';
  let end = bytes - Buffer.byteLength(ellipsis);
  while (isContinuation(encoded[end])) end -= 1;
  return encoded.toString('utf8', 0, end) + ellipsis;
}

/** Whether a byte of UTF-8 goes on with a character that an earlier one began. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
