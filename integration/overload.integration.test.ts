import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { readCredentials } from '../local-cluster/control-plane/api-request.ts';
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
import type { RunningOperator } from './testing/running-operator.ts';

const NAME = 'web';
/** For how long the server sheds load. */
const SHED_SECONDS = 70;
const RETRY_AFTER_SECONDS = 20;
const SHED = { type: 'answer', status: 429, headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } } as const;

/** For how long there is no room, and how many resources wait for it. */
const FULL_SECONDS = 60;
const CROWD = 5;
const KINDS = 5;
/** How soon a request that has been sent has its seat. */
const SEAT_MS = 500;

/** A page after which there is another one. */
const FIRST_PAGE = {
  type: 'answer',
  status: 200,
  body: { metadata: { resourceVersion: '1', continue: 'next' }, items: [] },
} as const;

const environment = setUpTestEnvironment();

interface Case {
  readonly what: string;
  /** What happens to a request while the server sheds load. */
  readonly fault: (request: ProxiedRequest) => Fault | undefined;
  /** A server that does not is listed, page by page. */
  readonly streams: boolean;
}

const CASES: readonly Case[] = [
  {
    what: 'the stream of what there is, and the list in its place',
    fault: shedIf(({ verb, resource }) => ['stream', 'list'].includes(verb) && resource === 'temperatureconverters'),
    streams: true,
  },
  {
    what: 'the list, of a server that does not stream',
    fault: shedIf(({ verb, resource }) => verb === 'list' && resource === 'services'),
    streams: false,
  },
  {
    what: 'the next page of a list',
    fault: (request) => {
      if (request.verb !== 'list' || request.resource !== 'services') return undefined;
      return request.isNextPage ? SHED : FIRST_PAGE;
    },
    streams: false,
  },
  {
    what: 'the watch',
    fault: shedIf(({ verb, resource }) => verb === 'watch' && resource === 'deployments'),
    streams: false,
  },
  {
    what: 'the write of a child',
    fault: shedIf(({ verb, resource }) => verb === 'patch' && resource === 'services'),
    streams: true,
  },
  {
    what: 'the write of the status',
    fault: shedIf(({ verb, subresource }) => verb === 'update' && subresource === 'status'),
    streams: true,
  },
];

function shedIf(isShed: (request: ProxiedRequest) => boolean): Case['fault'] {
  return (request) => (isShed(request) ? SHED : undefined);
}

/** Lets that much of the operator's time pass, with all that it does in it. */
async function letPass(operator: RunningOperator, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 1) {
    operator.clock.advance(1000);
    await operator.idle(20);
  }
}

describe('a server that answers 429 and asks to wait', () => {
  it.each(CASES)('is left alone for as long as it asks: $what', async ({ fault, streams }) => {
    const { cluster, namespace } = environment;
    const undisturbed = await endOfNew();
    const proxy = await environment.startProxy();
    let isShedding = true;
    const shedMs: number[] = [];
    proxy.fault = (request) => {
      const shed = isShedding ? fault(request) : undefined;
      if (shed === SHED) shedMs.push(operator.clock.monotonicMs());
      if (shed !== undefined) return shed;
      return request.verb === 'stream' && !streams ? { type: 'answer', status: 422 } : undefined;
    };
    const operator = environment.start({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, NAME);
    await eventually(() => expect(shedMs).not.toEqual([]));
    const { length } = proxy.requests;
    for (let seconds = 0; seconds < SHED_SECONDS; seconds += 10) {
      await letPass(operator, 10);
      // What wakes the resource does not shorten the wait.
      await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 8000 + seconds } } });
    }
    const waitsMs = shedMs.slice(1).map((ms, index) => ms - (shedMs[index] ?? 0));
    expect(Math.min(...waitsMs)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000);
    expect(waitsMs.length).toBeGreaterThanOrEqual(2);
    expect(proxy.requests.length - length).toBeLessThan(60);

    isShedding = false;
    await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: null } });
    await eventually(async () => {
      operator.clock.advance(RETRY_AFTER_SECONDS * 1000);
      expect(await finalState(cluster, namespace, NAME)).toEqual(undisturbed);
    });
  });
});

/** What a new resource comes to that nothing disturbs. */
async function endOfNew(): Promise<unknown> {
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

/** How the server treats an account of its own flow: it refuses every request that comes while another is in work. */
interface Cramped {
  readonly kubeConfig: KubeConfig;
  /** Takes the only seat, by a request whose body does not come, until the returned function is called. */
  readonly takeSeat: () => Promise<() => Promise<void>>;
}

async function createCrampedAccount(): Promise<Cramped> {
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
  const kubeConfig = await kubeConfigOf(server, { token });
  return { kubeConfig, takeSeat: () => takeSeat(token, kubeConfig) };
}

async function takeSeat(token: string, kubeConfig: KubeConfig): Promise<() => Promise<void>> {
  const { namespace, server } = environment;
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const { certificateAuthority: ca } = await readCredentials(server.controlPlane.kubeconfigPath);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': '2' };
  const connection = new ApiServerConnection(kubeConfig);
  const client = new KubeClient({ connection, userAgent: 'one-too-many' });
  // For a moment the server knows nothing of the flow.
  const seat = await eventually(async () => {
    const held = httpsRequest(new URL(path, server.controlPlane.serverUrl), { method: 'POST', ca, headers });
    const response = once(held, 'response');
    held.flushHeaders();
    try {
      await eventually(async () => {
        const refusal = client.send({ method: 'POST', path, body: {} });
        // It asks for a second, and for up to 32 where it has refused much lately.
        await expect(refusal).rejects.toMatchObject({ code: 429, retryAfterMs: expect.any(Number) });
      }, SEAT_MS);
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

describe('a server that has no room for the operator', () => {
  it('is asked little by one that is at work, which goes on where it was when there is room', async () => {
    const { cluster, namespace } = environment;
    const { kubeConfig, takeSeat: sit } = await createCrampedAccount();
    // Without room, it cannot take what there is of five kinds at once; by and by it can.
    const operator = environment.start({ kubeConfig });
    await syncedInTime(operator);
    const leave = await sit();
    const names = Array.from({ length: CROWD }, (_, index) => `web-${index}`);
    for (const name of names) await cluster.createConverter(namespace, name);
    await eventually(async () => {
      expect(await operator.metric('rest_client_requests_total', { code: '429' })).toBeGreaterThan(0);
    });
    await letPass(operator, FULL_SECONDS);
    const refused = (await operator.requests()).filter(isWrite);
    expect(new Set(refused.map(({ responseStatus }) => responseStatus?.code))).toEqual(new Set([429]));
    // Each resource has four writes, and is tried again after a second, or what else the server asks for, four times, and then
    // after twice as many seconds each time.
    expect(refused.length).toBeLessThanOrEqual(CROWD * 4 * 10);
    await leave();

    await eventually(async () => {
      operator.clock.advance(FULL_SECONDS * 1000);
      await operator.idle();
      const converters = await cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
      expect(converters.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Reconciled'))).toEqual(
        names.map(() => expect.objectContaining({ status: 'True', observedGeneration: 1 })),
      );
    });
  });

  it('is asked little by one that starts, which syncs when there is room', async () => {
    const { kubeConfig, takeSeat: sit } = await createCrampedAccount();
    const leave = await sit();
    const operator = environment.start({ kubeConfig });
    await letPass(operator, FULL_SECONDS);
    expect(operator.hasSynced).toBe(false);
    const requests = await operator.requests();
    expect(new Set(requests.map(({ responseStatus }) => responseStatus?.code))).toEqual(new Set([429]));
    expect(requests.length).toBeLessThanOrEqual(KINDS * 10);
    await leave();
    await syncedInTime(operator);
  });
});

/** Waits until an operator has synced, whatever it waits for between its tries. */
async function syncedInTime(operator: RunningOperator): Promise<void> {
  await eventually(() => {
    operator.clock.advance(1000);
    expect(operator.hasSynced).toBe(true);
  });
}
