import { expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { Fault } from '../controller-runtime/testing/fault-proxy.ts';
import type { ProxiedRequest } from '../controller-runtime/testing/proxied-request.ts';

/** The operator gives up an answer after thirty seconds. */
const GIVEN_UP_MS = 60_000;

const environment = setUpTestEnvironment();

interface Case {
  readonly what: string;
  readonly verb: ProxiedRequest['verb'];
  readonly resource: string;
  readonly isNextPage?: true;
  readonly fault: Fault;
}

/** A page of a list that has a next one. */
const FIRST_PAGE: Fault = {
  type: 'answer',
  status: 200,
  body: { metadata: { resourceVersion: '1', continue: 'next' }, items: [] },
};

const CASES: readonly Case[] = [
  { what: 'the stream of what there is', verb: 'stream', resource: 'services', fault: { type: 'hang before' } },
  { what: 'a list', verb: 'list', resource: 'services', fault: { type: 'hang before' } },
  { what: 'a list, in the middle of the response', verb: 'list', resource: 'services', fault: { type: 'stall' } },
  {
    what: 'the second page of a list',
    verb: 'list',
    resource: 'services',
    isNextPage: true,
    fault: { type: 'hang before' },
  },
  {
    what: 'the beginning of a watch',
    verb: 'watch',
    resource: 'temperatureconverters',
    fault: { type: 'hang before' },
  },
  { what: 'a write that was not seen', verb: 'patch', resource: 'deployments', fault: { type: 'hang before' } },
  { what: 'a write that was done', verb: 'patch', resource: 'deployments', fault: { type: 'hang after' } },
  { what: 'a status', verb: 'update', resource: 'temperatureconverters', fault: { type: 'hang after' } },
];

it('an answer that never comes is given up, and the request made again, while other resources are served', async () => {
  const { cluster } = environment;
  // All at once, since each takes as long as the operator waits.
  const runs = CASES.map(async ({ what, verb, resource, isNextPage = false, fault }) => {
    const namespace = await cluster.createNamespace();
    const proxy = await environment.startProxy();
    let isSilent = false;
    proxy.fault = (request) => {
      // A server that does not stream is listed.
      if (request.verb === 'stream' && verb !== 'stream') return { type: 'answer', status: 422 };
      const isMeant = request.verb === verb && request.resource === resource && ['', 'silent'].includes(request.name);
      if (isSilent || !isMeant) return undefined;
      if (isNextPage && !request.isNextPage) return FIRST_PAGE;
      isSilent = true;
      return fault;
    };
    const operator = environment.start({ watchNamespaces: [namespace], kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'silent');
    await eventually(() => expect({ what, isSilent }).toEqual({ what, isSilent: true }));
    await cluster.createConverter(namespace, 'other');
    // One write that hangs holds up no other resource.
    if (verb === 'patch') await eventually(() => cluster.children(namespace, 'other'));
    await eventually(async () => {
      await cluster.children(namespace, 'silent');
      expect((await cluster.converter(namespace, 'silent')).status?.observedGeneration).toBe(1);
      expect((await cluster.converter(namespace, 'other')).status?.observedGeneration).toBe(1);
    }, GIVEN_UP_MS);
    await operator.idle();
    expect(proxy.requests.length).toBeLessThan(40);
  });
  await Promise.all(runs);
});
