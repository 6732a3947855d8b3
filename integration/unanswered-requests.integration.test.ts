import { expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Fault } from '../controller-runtime/testing/fault-proxy.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';

/** Longer than the operator's request timeout of thirty seconds. */
const AFTER_TIMEOUT_MS = 60_000;

const environment = setUpTestEnvironment();

interface Case {
  readonly title: string;
  readonly verb: ProxiedRequest['verb'];
  readonly resource: string;
  readonly isNextPage?: true;
  readonly fault: Fault;
}

/** A list page with a continue token. */
const FIRST_PAGE: Fault = {
  type: 'answer',
  status: 200,
  body: { metadata: { resourceVersion: '1', continue: 'next' }, items: [] },
};

const CASES: readonly Case[] = [
  { title: 'a streamed initial list', verb: 'stream', resource: 'services', fault: { type: 'hang before' } },
  { title: 'a list', verb: 'list', resource: 'services', fault: { type: 'hang before' } },
  { title: 'a list that stalls within the response', verb: 'list', resource: 'services', fault: { type: 'stall' } },
  {
    title: 'the second page of a list',
    verb: 'list',
    resource: 'services',
    isNextPage: true,
    fault: { type: 'hang before' },
  },
  {
    title: 'a watch before its response headers',
    verb: 'watch',
    resource: 'temperatureconverters',
    fault: { type: 'hang before' },
  },
  {
    title: 'a write that the API server did not receive',
    verb: 'patch',
    resource: 'deployments',
    fault: { type: 'hang before' },
  },
  {
    title: 'a write that the API server handled',
    verb: 'patch',
    resource: 'deployments',
    fault: { type: 'hang after' },
  },
  { title: 'a status update', verb: 'update', resource: 'temperatureconverters', fault: { type: 'hang after' } },
];

it('a request without a response times out and is retried, while other resources are reconciled', async () => {
  const { cluster } = environment;
  // Concurrently, because each case takes as long as the request timeout.
  const runs = CASES.map(async ({ title, verb, resource, isNextPage = false, fault }) => {
    const namespace = await cluster.createNamespace();
    const proxy = await environment.startProxy();
    let isUnanswered = false;
    proxy.fault = (request) => {
      // Makes the operator fall back to a list.
      if (request.verb === 'stream' && verb !== 'stream') return { type: 'answer', status: 422 };
      const isTarget =
        request.verb === verb && request.resource === resource && ['', 'unanswered'].includes(request.name);
      if (isUnanswered || !isTarget) return undefined;
      if (isNextPage && !request.isNextPage) return FIRST_PAGE;
      isUnanswered = true;
      return fault;
    };
    const operator = environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'unanswered');
    await eventually(() => expect({ title, isUnanswered }).toEqual({ title, isUnanswered: true }));
    await cluster.createConverter(namespace, 'other');
    // A hanging write does not block other resources.
    if (verb === 'patch') await eventually(() => cluster.children(namespace, 'other'));
    await eventually(async () => {
      await cluster.children(namespace, 'unanswered');
      expect((await cluster.converter(namespace, 'unanswered')).status?.observedGeneration).toBe(1);
      expect((await cluster.converter(namespace, 'other')).status?.observedGeneration).toBe(1);
    }, AFTER_TIMEOUT_MS);
    await operator.idle();
    expect(proxy.requests.length).toBeLessThan(40);
  });
  await Promise.all(runs);
});
