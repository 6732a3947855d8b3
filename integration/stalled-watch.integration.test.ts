import { afterEach, describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { isProxiedWatch } from '../controller-runtime/testing/proxied-request.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { TcpProxy } from './testing/tcp-proxy.ts';
import type { ProxiedEvent } from '../controller-runtime/testing/watch-stream.ts';

/** How long a watch may send no event. */
const MAX_SILENCE_MS = 140_000;
/** How long a streamed initial list may send no event. */
const MAX_INITIAL_SILENCE_MS = 30_000;
/** Less than the time after which the operator gives up a request that is not answered. */
const NO_TIMEOUT_MS = 20_000;
const WATCHED_KINDS = 5;

const environment = setUpTestEnvironment();

function bookmark(resourceVersion: string): ProxiedEvent {
  // SAFETY: a bookmark has nothing but the resource version.
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } as ProxiedEvent['object'] };
}

/** Says whether an event is one of the bookmarks that the API server sends every minute. */
function isPeriodicBookmark(event: ProxiedEvent): boolean {
  return event.type === 'BOOKMARK' && !JSON.stringify(event.object).includes('k8s.io/initial-events-end');
}

/** An ERROR event that makes the operator list again. */
const EXPIRED: ProxiedEvent = {
  type: 'ERROR',
  // SAFETY: an ERROR has a Status instead of an object.
  object: { kind: 'Status', code: 410, reason: 'Expired' } as unknown as ProxiedEvent['object'],
};

/** Deletes the Service `web`, lets the operator's clock reach the limit and waits until the Service is there again. */
async function expectRepair(operator: RunningOperator, deadlineMs?: number): Promise<void> {
  const { cluster, namespace } = environment;
  await cluster.delete('Service', namespace, 'web');
  await operator.idle();
  expect(await cluster.find('Service', namespace, 'web')).toBeUndefined();
  operator.clock.advance(MAX_SILENCE_MS);
  await eventually(async () => {
    operator.clock.advance(1000);
    await cluster.get('Service', namespace, 'web');
  }, deadlineMs);
}

describe('watches that fall silent while their connections stay open', () => {
  it.each([
    ['before the first bookmark', false],
    ['after a bookmark', true],
  ])('are resumed from where they were, %s', async (_when, hasBookmarks) => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    proxy.rewrite = (event) => (isPeriodicBookmark(event) ? [] : [event]);
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    const { metadata } = await environment.applied('web');
    if (hasBookmarks) proxy.send(bookmark(metadata.resourceVersion));
    await operator.idle();
    const { length } = proxy.requests;
    proxy.rewrite = (event, { number }) => (number < length ? [] : [event]);
    const lists = await operator.metric('reflector_lists_total');
    await expectRepair(operator);
    await operator.idle();
    expect(await operator.metric('reflector_lists_total')).toBe(lists);
    expect(new Set(operator.log.messages)).toContain('info: the watch broke off; resuming');
    expect(await operator.writes(4)).toEqual(['patch services/web']);
  });

  it('in the middle of the streamed initial list are listed, and streamed the next time', async () => {
    const { cluster, namespace } = environment;
    for (const name of ['one', 'two']) {
      await cluster.create({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace, name },
        spec: { ports: [{ port: 80 }] },
      });
    }
    const proxy = await environment.startProxy();
    let events = 0;
    proxy.rewrite = (event, { verb, resource }) => {
      if (verb !== 'stream' || resource !== 'services') return [event];
      events += 1;
      return events === 1 ? [event] : [];
    };
    const operator = environment.start({ kubeConfig: proxy.kubeConfig });
    await eventually(() => expect(events).toBe(3));
    await operator.idle();
    expect(operator.hasSynced).toBe(false);
    operator.clock.advance(MAX_INITIAL_SILENCE_MS);
    await eventually(() => {
      operator.clock.advance(1000);
      expect(operator.hasSynced).toBe(true);
    });

    const verbs = (): readonly string[] =>
      proxy.requests.filter(({ resource }) => resource === 'services').map(({ verb }) => verb);
    await eventually(() => expect(verbs()).toEqual(['stream', 'list', 'watch']));
    proxy.rewrite = (event) => [event];
    await operator.idle();
    proxy.send(EXPIRED);
    await eventually(() => {
      operator.clock.advance(1000);
      expect(verbs()).toEqual(['stream', 'list', 'watch', 'stream']);
    });
  });
});

describe('quiet watches', () => {
  it('stay open while they receive a bookmark a minute', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    const { metadata } = await environment.applied('web');
    await operator.idle();
    for (let minute = 1; minute <= 15; minute += 1) {
      const events = await operator.metric('reflector_watch_events_total');
      proxy.send(bookmark(metadata.resourceVersion));
      await eventually(async () => {
        expect(await operator.metric('reflector_watch_events_total')).toBeGreaterThanOrEqual(events + WATCHED_KINDS);
      });
      operator.clock.advance(60_000);
    }
    await operator.idle();
    expect(proxy.requests.filter(isProxiedWatch)).toHaveLength(WATCHED_KINDS);
  });
});

describe('connections that die without a word, used or idle', () => {
  let proxy: TcpProxy | undefined;

  afterEach(async () => {
    await proxy?.close();
  });

  it('are replaced by new ones, without a request that waits on an idle one', async () => {
    const { cluster, namespace } = environment;
    const names = ['web', ...Array.from({ length: 20 }, (_, index) => `web-${index}`)];
    for (const name of names) await cluster.createConverter(namespace, name);
    proxy = await TcpProxy.start(environment.server);
    // All workers start at once, each with a connection of its own.
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await environment.allApplied(names.length);
    await operator.idle();
    // There is an idle connection for each watch to be resumed on.
    expect(proxy.connections).toBeGreaterThanOrEqual(2 * WATCHED_KINDS);
    proxy.freeze();
    await expectRepair(operator, NO_TIMEOUT_MS);
  });
});
