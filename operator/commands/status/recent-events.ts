import { KIND, type TemperatureConverter } from '../../api/temperature-converter.ts';
import { CHILD_KINDS } from '../../caches.ts';
import type { LiveEvent } from './live-objects.ts';

/** An event, or several equal ones. */
export interface EventReport {
  /** When it last happened. */
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  /** `KIND/NAME`. */
  readonly object: string;
  readonly message: string;
  readonly count: number;
}

/** The letters and digits of names that Kubernetes generates. */
const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]';
/** A pod's name is the name of its ReplicaSet and a dash, cut to this length, and five generated characters. */
const POD_NAME_START = 58;
const POD_NAME_END = new RegExp(`${GENERATED}{5}$`);

/**
 * Returns a function that tells whether an event is of a resource, its children, their ReplicaSets or their pods, including
 * pods that are deleted; and not older than the resource, since an earlier one may have had the same name.
 */
export function concerns({ metadata }: TemperatureConverter): (event: LiveEvent) => boolean {
  const { name } = metadata;
  const createdMs = Date.parse(metadata.creationTimestamp);
  const kinds: ReadonlySet<string> = new Set([KIND, ...CHILD_KINDS]);
  const replicaSet = new RegExp(`^${name.replaceAll('.', '\\.')}-${GENERATED}+$`);
  return (event) => {
    const { kind = '', name: object = '' } = event.involvedObject;
    if (Date.parse(timeOf(event)) < createdMs) return false;
    if (kind === 'Pod') return isPodName(object, name);
    return kind === 'ReplicaSet' ? replicaSet.test(object) : kinds.has(kind) && object === name;
  };
}

function isPodName(pod: string, deployment: string): boolean {
  if (!POD_NAME_END.test(pod)) return false;
  const start = pod.replace(POD_NAME_END, '');
  const prefix = `${deployment}-`.slice(0, POD_NAME_START);
  if (!start.startsWith(prefix)) return false;
  const hash = start.slice(prefix.length);
  return start.length === POD_NAME_START ? /^[a-z0-9]*-?$/.test(hash) : new RegExp(`^${GENERATED}+-$`).test(hash);
}

/** Joins equal events, and sorts them by the time at which they last happened, the newest last. */
export function mergeEvents(events: readonly LiveEvent[]): readonly EventReport[] {
  const merged = new Map<string, EventReport>();
  for (const event of events.map(reportEvent)) {
    const key = JSON.stringify([event.object, event.type, event.reason, event.message]);
    const same = merged.get(key);
    merged.set(key, same === undefined ? event : join(same, event));
  }
  return [...merged.values()].toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

function reportEvent(event: LiveEvent): EventReport {
  const { type = '', reason = '', message = '', count = 1, series, involvedObject } = event;
  return {
    time: timeOf(event),
    type,
    reason,
    object: `${involvedObject.kind ?? ''}/${involvedObject.name ?? ''}`,
    message,
    count: series?.count ?? Math.max(1, count),
  };
}

function join(a: EventReport, b: EventReport): EventReport {
  const time = Date.parse(a.time) < Date.parse(b.time) ? b.time : a.time;
  return { ...a, time, count: a.count + b.count };
}

/** Recorders of the older and the newer API for events set different times. */
function timeOf({ series, lastTimestamp, eventTime, firstTimestamp, metadata }: LiveEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? '';
}
