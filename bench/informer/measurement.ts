import { setTimeout as pause } from 'node:timers/promises';
import { ApiServer } from './api-server.ts';
import type { Scenario } from './scenarios.ts';
import { SubjectProcess } from './subject-process.ts';
import type { Knowledge, State, SubjectName } from './subjects.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** How often a subject's state is read: the resolution of all times. */
const POLL_MS = 50;
const START_LIMIT_MS = 120_000;

/** The outcome of a fault for a subject. */
export interface Outcome {
  /** From the end of the fault until the subject has every change, including the last one, which is made after the fault. */
  readonly recoverySeconds: number | undefined;
  /** Requests during the fault; for a single fault, until the recovery or the limit. */
  readonly lists: number;
  readonly watches: number;
  /** The time from the last request to the end of the observation. */
  readonly idleSeconds: number;
  /** The shortest wait after a response with `Retry-After`; undefined if no request of its type followed. */
  readonly wait: Wait | undefined;
  /** At the end: missing or outdated objects, and deleted objects that are still in the cache. */
  readonly outdated: number;
  readonly undeleted: number;
  /** Whether the notifications of the event handlers add up to the content of the cache. */
  readonly areNotificationsComplete: boolean;
}

/** From a response with `Retry-After` to the next request. */
export interface Wait {
  readonly askedSeconds: number;
  readonly actualSeconds: number;
}

/** Waits until a subject has synced, injects a fault, makes changes during and after it, and observes the subject. */
export async function measure(scenario: Scenario, subjectName: SubjectName): Promise<Outcome> {
  await using server = await ApiServer.start();
  await using proxy = await TcpProxy.start(server.port);
  for (const name of ['unchanged', 'updated', 'deleted']) server.put(name);
  const { port } = scenario.isProxied ? proxy : server;
  await using subject = new SubjectProcess(subjectName, `http://127.0.0.1:${port}`);
  const isCurrent = async (): Promise<boolean> => isUpToDate(await subject.knowledge(), server.state);
  const isReady = await eventually(async () => server.watches.size > 0 && (await isCurrent()), START_LIMIT_MS);
  if (!isReady) throw new Error(`the subject had not synced ${START_LIMIT_MS / 1000} s after its start`);
  await pause(scenario.quietSeconds * 1000);

  const begunMs = performance.now();
  scenario.begin({ server, proxy });
  server.put('created');
  server.delete('deleted');
  server.put('updated');
  await pause(scenario.faultSeconds * 1000);
  const overMs = performance.now();
  server.put('last');
  const hasRecovered = await eventually(isCurrent, scenario.limitSeconds * 1000);
  const endMs = performance.now();

  const requests = server.requests.filter(({ receivedMs }) => receivedMs >= begunMs);
  const counted = scenario.faultSeconds === 0 ? requests : requests.filter(({ receivedMs }) => receivedMs < overMs);
  return {
    recoverySeconds: hasRecovered ? (endMs - overMs) / 1000 : undefined,
    lists: counted.filter(({ type }) => type === 'list').length,
    watches: counted.filter(({ type }) => type === 'watch').length,
    idleSeconds: (endMs - (requests.at(-1)?.receivedMs ?? begunMs)) / 1000,
    wait: shortestWait(requests),
    ...compare(await subject.knowledge(), server.state),
  };
}

async function eventually(holds: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (performance.now() < deadlineMs) {
    if (await holds()) return true;
    await pause(POLL_MS);
  }
  return false;
}

function isUpToDate(knowledge: Knowledge, actual: State): boolean {
  const { outdated, undeleted, areNotificationsComplete } = compare(knowledge, actual);
  return outdated + undeleted === 0 && areNotificationsComplete;
}

function compare(
  { cached, notified }: Knowledge,
  actual: State,
): Pick<Outcome, 'outdated' | 'undeleted' | 'areNotificationsComplete'> {
  return {
    outdated: countDifferences(actual, cached),
    undeleted: [...cached.keys()].filter((name) => !actual.has(name)).length,
    areNotificationsComplete: cached.size === notified.size && countDifferences(cached, notified) === 0,
  };
}

function countDifferences(expected: State, actual: State): number {
  return [...expected].filter(([name, resourceVersion]) => actual.get(name) !== resourceVersion).length;
}

function shortestWait(requests: ApiServer['requests']): Wait | undefined {
  const waits = requests.flatMap(({ type, fault, receivedMs }, index): Wait[] => {
    const next = requests.slice(index + 1).find((later) => later.type === type);
    if (fault?.type !== 'status' || fault.retryAfterSeconds === undefined || next === undefined) return [];
    return [{ askedSeconds: fault.retryAfterSeconds, actualSeconds: (next.receivedMs - receivedMs) / 1000 }];
  });
  return waits.toSorted((a, b) => a.actualSeconds - b.actualSeconds)[0];
}
