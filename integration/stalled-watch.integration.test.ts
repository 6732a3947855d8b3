import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { FaultProxy } from '../controller-runtime/testing/fault-proxy.ts';
import type { RunningOperator } from './running-operator.ts';
import type { ProxiedEvent } from '../controller-runtime/testing/watch-stream.ts';

/** As long as a watch that gets bookmarks may be silent. */
const LONGEST_SILENCE_MS = 150_000;

const environment = setUpTestEnvironment();

/** The bookmark that the API server would send within a minute. */
function bookmarkAfter({ object }: ProxiedEvent): ProxiedEvent {
  const { resourceVersion } = object.metadata;
  // SAFETY: a bookmark has nothing but the resource version.
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } as ProxiedEvent['object'] };
}

/** Says whether an event is one of the bookmarks that come now and then, not the one that ends what there is. */
function isPeriodic(event: ProxiedEvent): boolean {
  return event.type === 'BOOKMARK' && !JSON.stringify(event.object).includes('k8s.io/initial-events-end');
}

/** An operator behind a proxy, with a resource, whose connections for watches have gone silent since. */
async function startStalled(hasBookmarks: boolean): Promise<{ proxy: FaultProxy; operator: RunningOperator }> {
  const { cluster, namespace } = environment;
  const proxy = await environment.startProxy();
  proxy.rewrite = (event) => {
    if (hasBookmarks) return [event, bookmarkAfter(event)];
    return isPeriodic(event) ? [] : [event];
  };
  const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
  await cluster.createConverter(namespace, 'web');
  await environment.applied('web');
  await operator.idle();
  const { length } = proxy.requests;
  proxy.rewrite = (event, { number }) => (number < length ? [] : [event]);
  await cluster.delete('Service', namespace, 'web');
  await operator.idle();
  return { proxy, operator };
}

describe('watches whose connections are half open', () => {
  it('are found out by their missing bookmarks, and resumed where they were', async () => {
    const { cluster, namespace } = environment;
    const { operator } = await startStalled(true);
    const lists = await operator.metric('reflector_lists_total');
    expect(await cluster.find('Service', namespace, 'web')).toBeUndefined();
    operator.clock.advance(LONGEST_SILENCE_MS);
    await eventually(async () => {
      operator.clock.advance(1000);
      await cluster.get('Service', namespace, 'web');
    });
    await operator.idle();
    expect(await operator.metric('reflector_lists_total')).toBe(lists);
    expect(new Set(operator.log.messages)).toContain('info: the watch broke off; resuming');
    expect(await operator.writes(4)).toEqual(['patch services/web']);
  });

  it('are left alone where no bookmarks have come yet: a quiet watch looks the same', async () => {
    const { proxy, operator } = await startStalled(false);
    const { length } = proxy.requests;
    operator.clock.advance(LONGEST_SILENCE_MS * 2);
    await operator.idle();
    expect(proxy.requests.slice(length)).toEqual([]);
  });
});
