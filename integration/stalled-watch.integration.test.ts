import { afterEach, describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { isProxiedWatch } from '../controller-runtime/testing/proxied-request.ts';
import { type RunningOperator, WATCHED_KINDS } from './testing/running-operator.ts';
import { TcpProxy } from './testing/tcp-proxy.ts';
import type { ProxiedEvent } from '../controller-runtime/testing/watch-stream.ts';

/** A watch without an event for this time is stalled. */
const STALL_TIMEOUT_MS = 140_000;
/** A streamed initial list without an event for this time is stalled. */
const INITIAL_STALL_TIMEOUT_MS = 30_000;
/** Shorter than the operator's request timeout. */
const BELOW_REQUEST_TIMEOUT_MS = 20_000;

const environment = setUpTestEnvironment();

function bookmark(resourceVersion: string): ProxiedEvent {
  // SAFETY: of a bookmark, only the resource version is read.
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } as ProxiedEvent['object'] };
}

/** Says whether an event is one of the bookmarks that the API server sends every minute. */
function isPeriodicBookmark(event: ProxiedEvent): boolean {
  return event.type === 'BOOKMARK' && !JSON.stringify(event.object).includes('k8s.io/initial-events-end');
}

/** An ERROR event that causes a relist. */
const EXPIRED: ProxiedEvent = {
  type: 'ERROR',
  // SAFETY: the object of an ERROR event is a Status.
  object: { kind: 'Status', code: 410, reason: 'Expired' } as unknown as ProxiedEvent['object'],
};

/** Deletes the Service `web`, advances the operator's clock past the stall timeout and waits until the Service is re-created. */
async function expectRepair(operator: RunningOperator, deadlineMs?: number): Promise<void> {
  const { cluster, namespace } = environment;
  await cluster.delete('Service', namespace, 'web');
  await operator.idle({ except: ['services'] });
  expect(await cluster.find('Service', namespace, 'web')).toBeUndefined();
  operator.clock.advance(STALL_TIMEOUT_MS);
  await eventually(async () => {
    operator.clock.advance(1000);
    await cluster.get('Service', namespace, 'web');
  }, deadlineMs);
}

describe('watches that stall while their connections stay open', () => {
  it.each([
    ['before the first bookmark', false],
    ['after a bookmark', true],
  ])('resume from their last resource version, %s', async (_case, hasBookmarks) => {
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
    expect(new Set(operator.log.messages)).toContain('info: the watch was interrupted; resuming');
    expect(await operator.writes(4)).toEqual(['patch services/web']);
  });

  it('fall back to a list during the streamed initial list, and stream it again at the next relist', async () => {
    const { cluster, namespace } = environment;
    const createService = async (name: string): Promise<void> => {
      const spec = { ports: [{ port: 80 }] };
      await cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec });
    };
    await createService('one');
    await createService('two');
    const proxy = await environment.startProxy();
    const verbs = (): readonly string[] =>
      proxy.requests.filter(({ resource }) => resource === 'services').map(({ verb }) => verb);
    let events = 0;
    proxy.rewrite = (event, { verb, resource }) => {
      if (verb !== 'stream' || resource !== 'services') return [event];
      events += 1;
      return events === 1 ? [event] : [];
    };
    const operator = environment.start({ kubeConfig: proxy.kubeConfig });
    if (environment.server.streamsLists) {
      await eventually(() => expect(events).toBe(3));
      await operator.idle({ except: ['services'] });
      expect(operator.hasSynced).toBe(false);
      operator.clock.advance(INITIAL_STALL_TIMEOUT_MS);
    }
    await eventually(() => {
      operator.clock.advance(1000);
      expect(operator.hasSynced).toBe(true);
    });
    await eventually(() => expect(verbs()).toEqual(['stream', 'list', 'watch']));
    proxy.rewrite = (event) => [event];
    // The operator is idle once the watch, which is then open, has delivered it.
    await createService('three');
    await operator.idle();
    proxy.send(EXPIRED);
    // An API server that has refused a stream is not asked for one again.
    const relist = environment.server.streamsLists ? ['stream'] : ['list', 'watch'];
    await eventually(() => {
      operator.clock.advance(1000);
      expect(verbs()).toEqual(['stream', 'list', 'watch', ...relist]);
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
    const opened = proxy.requests.filter(isProxiedWatch).map(({ verb }) => verb);
    const verbs = environment.server.streamsLists ? ['stream'] : ['stream', 'watch'];
    expect(opened.toSorted()).toEqual(verbs.flatMap((verb) => Array<string>(WATCHED_KINDS).fill(verb)));
  });
});

describe('connections that drop packets silently', () => {
  let proxy: TcpProxy | undefined;

  afterEach(async () => {
    await proxy?.close();
  });

  it('are replaced, and no request is sent on an idle one', async () => {
    const { cluster, namespace } = environment;
    const names = ['web', ...Array.from({ length: 20 }, (_, index) => `web-${index}`)];
    for (const name of names) await cluster.createConverter(namespace, name);
    proxy = await TcpProxy.start(environment.server);
    // All workers start at once, so that the operator opens many connections.
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await environment.allApplied(names.length);
    await operator.idle();
    // Each watch could resume on an idle connection.
    expect(proxy.connections).toBeGreaterThanOrEqual(2 * WATCHED_KINDS);
    proxy.freeze();
    await expectRepair(operator, BELOW_REQUEST_TIMEOUT_MS);
  });
});
