import { describe, expect, it } from '@jest/globals';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { finalState } from './testing/final-state.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Fault, FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';
import type { RunningOperator } from './testing/running-operator.ts';

const NAME = 'web';
const LISTED = ['temperatureconverters', 'deployments', 'services', 'horizontalpodautoscalers', 'pods'];
const REQUESTS = [
  ...LISTED.flatMap((resource) => [`list ${resource}`, `watch ${resource}`]),
  'patch deployments',
  'patch services',
  'patch horizontalpodautoscalers',
  'update temperatureconverters/status',
];

const FAULTS: Readonly<Record<string, Fault>> = {
  'a 429 with Retry-After': { type: 'answer', status: 429, headers: { 'retry-after': '1' } },
  'a 500': { type: 'answer', status: 500 },
  'a 503': { type: 'answer', status: 503 },
  'a 409': { type: 'answer', status: 409 },
  'a response that is not JSON': { type: 'answer', status: 502, headers: { 'content-type': 'text/html' } },
  'a connection reset before the API server receives the request': { type: 'cut before' },
  'a connection reset after the API server handled the request': { type: 'cut after' },
  'a truncated response': { type: 'truncate' },
  'a delayed response': { type: 'delay', ms: 300 },
};

const environment = setUpTestEnvironment();
/** The final state without a fault. */
let expected: unknown;

describe.each(Object.entries(FAULTS))('%s', (_title, fault) => {
  it('for each kind of request only delays the final state', async () => {
    expected ??= await runThrough(() => undefined);
    const states = await mapConcurrently(REQUESTS, async (target) => {
      let remaining = 2;
      const state = await runThrough((request) => {
        if (remaining === 0 || describeRequest(request) !== target) return undefined;
        remaining -= 1;
        return fault;
      });
      return [target, state] as const;
    });
    expect(Object.fromEntries(states)).toEqual(Object.fromEntries(REQUESTS.map((target) => [target, expected])));
  });
});

/** Creates a resource, changes it and deletes a child, with an operator behind a proxy; returns the final state. */
async function runThrough(fault: FaultProxy['fault']): Promise<unknown> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  const proxy = await environment.startProxy();
  proxy.fault = fault;
  const operator = environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
  await cluster.createConverter(namespace, NAME);
  await eventuallyAdvancing(operator, async () => {
    expect((await cluster.converter(namespace, NAME)).status?.observedGeneration).toBe(1);
  });
  await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 81 }, logLevel: 'warn' } });
  await cluster.delete('HorizontalPodAutoscaler', namespace, NAME);
  await eventuallyAdvancing(operator, async () => {
    const { Deployment, Service } = await cluster.children(namespace, NAME);
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    expect(JSON.stringify(Deployment.spec)).toContain('"value":"warn"');
    const { status } = await cluster.converter(namespace, NAME);
    expect(status?.observedGeneration).toBe(2);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Reconciled', status: 'True' }));
  });
  await operator.idle();
  expect(proxy.requests.length).toBeLessThan(60);
  const state = await finalState(cluster, namespace, NAME);
  await operator.stop();
  await proxy.close();
  return state;
}

/** Repeats assertions until they hold, and advances the operator's clock before each attempt. */
function eventuallyAdvancing(operator: RunningOperator, assertions: () => Promise<void>): Promise<void> {
  return eventually(async () => {
    operator.clock.advance(500);
    await assertions();
  });
}

function describeRequest({ verb, resource, subresource }: ProxiedRequest): string {
  return `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}
