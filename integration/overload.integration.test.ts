import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { KubeClient } from '../controller-runtime/client/client.ts';
import { ApiServerConnection } from '../controller-runtime/client/connection.ts';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import { finalState } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Fault } from '../controller-runtime/testing/fault-proxy.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';
import { type RunningOperator, WATCHED_KINDS } from './testing/running-operator.ts';

const NAME = 'web';
/** How long the API server rejects requests, in the operator's time. */
const THROTTLED_SECONDS = 70;
const RETRY_AFTER_SECONDS = 20;
const TOO_MANY_REQUESTS = {
  type: 'answer',
  status: 429,
  headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
} as const;

/** How long the only concurrency seat is occupied, and the number of resources that wait. */
const OCCUPIED_SECONDS = 60;
const RESOURCES = 5;
/** A request occupies its seat within this time. */
const SEAT_TIMEOUT_MS = 500;

/** A list page with a continue token. */
const FIRST_PAGE = {
  type: 'answer',
  status: 200,
  body: { metadata: { resourceVersion: '1', continue: 'next' }, items: [] },
} as const;

const environment = setUpTestEnvironment();

interface Case {
  readonly title: string;
  /** The fault of a request while the API server throttles. */
  readonly fault: (request: ProxiedRequest) => Fault | undefined;
  /** Whether the API server streams the initial list. */
  readonly streams: boolean;
}

const CASES: readonly Case[] = [
  {
    title: 'the streamed initial list and the list that replaces it',
    fault: throttleIf(
      ({ verb, resource }) => ['stream', 'list'].includes(verb) && resource === 'temperatureconverters',
    ),
    streams: true,
  },
  {
    title: 'the list of a server that does not stream',
    fault: throttleIf(({ verb, resource }) => verb === 'list' && resource === 'services'),
    streams: false,
  },
  {
    title: 'the next page of a list',
    fault: (request) => {
      if (request.verb !== 'list' || request.resource !== 'services') return undefined;
      return request.isNextPage ? TOO_MANY_REQUESTS : FIRST_PAGE;
    },
    streams: false,
  },
  {
    title: 'the watch',
    fault: throttleIf(({ verb, resource }) => verb === 'watch' && resource === 'deployments'),
    streams: false,
  },
  {
    title: 'the write of a child',
    fault: throttleIf(({ verb, resource }) => verb === 'patch' && resource === 'services'),
    streams: true,
  },
  {
    title: 'the write of the status',
    fault: throttleIf(({ verb, subresource }) => verb === 'update' && subresource === 'status'),
    streams: true,
  },
];

function throttleIf(isThrottled: (request: ProxiedRequest) => boolean): Case['fault'] {
  return (request) => (isThrottled(request) ? TOO_MANY_REQUESTS : undefined);
}

/** Advances the operator's clock second by second, and waits until it is idle after each. */
async function advanceSeconds(operator: RunningOperator, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    operator.clock.advance(1000);
    await operator.noRequests(20);
  }
}

describe('a server that answers 429 with Retry-After', () => {
  it.each(CASES)('gets no request before the delay has passed: $title', async ({ fault, streams }) => {
    const { cluster, namespace } = environment;
    const expected = await finalStateOfNew();
    const proxy = await environment.startProxy();
    let isThrottling = true;
    const rejectedAtMs: number[] = [];
    proxy.fault = (request) => {
      const answer = isThrottling ? fault(request) : undefined;
      if (answer === TOO_MANY_REQUESTS) rejectedAtMs.push(operator.clock.monotonicMs());
      if (answer !== undefined) return answer;
      return request.verb === 'stream' && !streams ? { type: 'answer', status: 422 } : undefined;
    };
    const operator = environment.start({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, NAME);
    await eventually(() => expect(rejectedAtMs).not.toEqual([]));
    const { length } = proxy.requests;
    for (let seconds = 0; seconds < THROTTLED_SECONDS; seconds += 10) {
      await advanceSeconds(operator, 10);
      // An event for the resource does not shorten the delay.
      await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 8000 + seconds } } });
    }
    const waitsMs = rejectedAtMs.slice(1).map((ms, index) => ms - (rejectedAtMs[index] ?? 0));
    expect(Math.min(...waitsMs)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000);
    expect(waitsMs.length).toBeGreaterThanOrEqual(2);
    expect(proxy.requests.length - length).toBeLessThan(60);

    isThrottling = false;
    await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: null } });
    await eventually(async () => {
      operator.clock.advance(RETRY_AFTER_SECONDS * 1000);
      expect(await finalState(cluster, namespace, NAME)).toEqual(expected);
    });
  });
});

/** The final state of a new resource without faults. */
async function finalStateOfNew(): Promise<unknown> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  const operator = await environment.startSynced({ watchNamespaces: [namespace] });
  await cluster.createConverter(namespace, NAME);
  await eventually(async () => {
    expect((await cluster.converter(namespace, NAME)).status?.observedGeneration).toBe(1);
  });
  await operator.idle();
  return finalState(cluster, namespace, NAME);
}

/** An account with a priority level of a single seat, which rejects every concurrent request. */
interface SingleSeatAccount {
  readonly kubeConfig: KubeConfig;
  /** Occupies the seat with a request without a body; the returned function completes it. */
  readonly occupySeat: () => Promise<() => Promise<void>>;
}

async function createSingleSeatAccount(): Promise<SingleSeatAccount> {
  const { cluster, namespace, server } = environment;
  const account = await createServiceAccount(cluster, namespace);
  await cluster.create({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: namespace },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
    },
  });
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
  await cluster.create({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: namespace },
    spec: {
      priorityLevelConfiguration: { name: namespace },
      matchingPrecedence: 2,
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace, name: account.name } }],
          resourceRules: [everything],
        },
      ],
    },
  });
  const token = await requestToken(cluster, account);
  const kubeConfig = kubeConfigOf(server, { token });
  return { kubeConfig, occupySeat: () => occupySeat(token, kubeConfig) };
}

async function occupySeat(token: string, kubeConfig: KubeConfig): Promise<() => Promise<void>> {
  const { namespace, server } = environment;
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const ca = Buffer.from(server.apiServer.kubeConfig.getCurrentCluster()?.caData ?? '', 'base64');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': '2' };
  const connection = new ApiServerConnection(kubeConfig);
  const client = new KubeClient({ connection, userAgent: 'seat-probe' });
  // The API server applies a new FlowSchema with a delay.
  const seat = await eventually(async () => {
    const held = httpsRequest(new URL(path, server.apiServer.url), { method: 'POST', ca, headers });
    const response = once(held, 'response');
    let isRejected = false;
    held.once('response', () => {
      isRejected = true;
    });
    held.flushHeaders();
    try {
      await eventually(async () => {
        const rejection = client.send({ method: 'POST', path, body: {} });
        // Retry-After is one second, and up to 32 after many rejections.
        await expect(rejection).rejects.toMatchObject({ code: 429, retryAfterMs: expect.any(Number) });
        // Else another request has the seat, which it leaves at once.
        expect(isRejected).toBe(false);
      }, SEAT_TIMEOUT_MS);
    } catch (error) {
      held.destroy();
      response.catch(() => undefined);
      throw error;
    }
    return { held, response };
  });
  connection.close();
  return async () => {
    seat.held.end('{}');
    await seat.response;
  };
}

describe('a server that rejects every request of the operator', () => {
  it('gets few requests from a running operator, which recovers afterwards', async () => {
    const { cluster, namespace } = environment;
    const { kubeConfig, occupySeat: occupy } = await createSingleSeatAccount();
    // Five concurrent initial lists exceed one seat, so that syncing takes some retries.
    const operator = environment.start({ kubeConfig });
    await advanceUntilSynced(operator);
    // Applied, so the watches are open.
    const [first = '', ...others] = Array.from({ length: RESOURCES }, (_, index) => `web-${index}`);
    await cluster.createConverter(namespace, first);
    await eventually(async () => {
      operator.clock.advance(1000);
      await environment.applied(first);
    });
    await operator.idle();
    const requestsBefore = (await operator.requests()).length;
    const release = await occupy();
    const rejections = (): Promise<number> => operator.metric('rest_client_requests_total', { code: '429' });
    const before = await rejections();
    for (const name of others) await cluster.createConverter(namespace, name);
    await eventually(async () => {
      // A list that was rejected makes the operator wait.
      operator.clock.advance(1000);
      expect(await rejections()).toBeGreaterThan(before);
    });
    await advanceSeconds(operator, OCCUPIED_SECONDS);
    const rejected = (await operator.requests()).slice(requestsBefore).filter(isWrite);
    expect(new Set(rejected.map(({ responseStatus }) => responseStatus?.code))).toEqual(new Set([429]));
    // Each resource has four writes. A retry follows the Retry-After of the server four times, then exponential backoff.
    expect(rejected.length).toBeLessThanOrEqual(RESOURCES * 4 * 10);
    await release();

    await eventually(async () => {
      operator.clock.advance(OCCUPIED_SECONDS * 1000);
      await operator.noRequests();
      const converters = await cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
      expect(converters.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Reconciled'))).toEqual(
        [first, ...others].map(() => expect.objectContaining({ status: 'True', observedGeneration: 1 })),
      );
    });
  });

  it('gets few requests from a starting operator, which syncs afterwards', async () => {
    const { kubeConfig, occupySeat: occupy } = await createSingleSeatAccount();
    const release = await occupy();
    const operator = environment.start({ kubeConfig });
    await advanceSeconds(operator, OCCUPIED_SECONDS);
    expect(operator.hasSynced).toBe(false);
    const requests = await operator.requests();
    expect(new Set(requests.map(({ responseStatus }) => responseStatus?.code))).toEqual(new Set([429]));
    expect(requests.length).toBeLessThanOrEqual(WATCHED_KINDS * 10);
    await release();
    await advanceUntilSynced(operator);
  });
});

/** Advances the operator's clock until its caches have synced. */
async function advanceUntilSynced(operator: RunningOperator): Promise<void> {
  await eventually(() => {
    operator.clock.advance(1000);
    expect(operator.hasSynced).toBe(true);
  });
}
