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
  'a 429 that asks to wait': { type: 'answer', status: 429, headers: { 'retry-after': '1' } },
  'a 500': { type: 'answer', status: 500 },
  'a 503': { type: 'answer', status: 503 },
  'a 409': { type: 'answer', status: 409 },
  'an answer that is no JSON': { type: 'answer', status: 502, headers: { 'content-type': 'text/html' } },
  'a reset before it is seen': { type: 'cut before' },
  'a reset after it was done': { type: 'cut after' },
  'an answer that ends in its middle': { type: 'truncate' },
  'an answer that comes late': { type: 'delay', ms: 300 },
};

const environment = setUpTestEnvironment();
/** What comes of it without any fault. */
let undisturbed: unknown;

describe.each(Object.entries(FAULTS))('%s', (_what, fault) => {
  it('to each request in turn only delays the end', async () => {
    undisturbed ??= await runThrough(() => undefined);
    const ends = await mapConcurrently(REQUESTS, async (target) => {
      let left = 2;
      const end = await runThrough((request) => {
        if (left === 0 || describeRequest(request) !== target) return undefined;
        left -= 1;
        return fault;
      });
      return [target, end] as const;
    });
    expect(Object.fromEntries(ends)).toEqual(Object.fromEntries(REQUESTS.map((target) => [target, undisturbed])));
  });
});

/** Creates a resource, changes it and deletes a child, with an operator behind a proxy; gives what it comes to. */
async function runThrough(fault: FaultProxy['fault']): Promise<unknown> {
  const { cluster } = environment;
  const namespace = await cluster.createNamespace();
  const proxy = await environment.startProxy();
  proxy.fault = fault;
  const operator = environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
  await cluster.createConverter(namespace, NAME);
  await inTime(operator, async () => {
    expect((await cluster.converter(namespace, NAME)).status?.observedGeneration).toBe(1);
  });
  await cluster.patch(['TemperatureConverter', namespace, NAME], { spec: { service: { port: 81 }, logLevel: 'warn' } });
  await cluster.delete('HorizontalPodAutoscaler', namespace, NAME);
  await inTime(operator, async () => {
    const { Deployment, Service } = await cluster.children(namespace, NAME);
    expect(Service.spec).toMatchObject({ ports: [{ port: 81 }] });
    expect(JSON.stringify(Deployment.spec)).toContain('"value":"warn"');
    const { status } = await cluster.converter(namespace, NAME);
    expect(status?.observedGeneration).toBe(2);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Reconciled', status: 'True' }));
  });
  await operator.idle();
  expect(proxy.requests.length).toBeLessThan(60);
  const end = await finalState(cluster, namespace, NAME);
  await operator.stop();
  await proxy.close();
  return end;
}

/** Repeats assertions until they hold, while the operator's time flies. */
function inTime(operator: RunningOperator, assertions: () => Promise<void>): Promise<void> {
  return eventually(async () => {
    operator.clock.advance(500);
    await assertions();
  });
}

function describeRequest({ verb, resource, subresource }: ProxiedRequest): string {
  return `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}
