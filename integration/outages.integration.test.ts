import { describe, expect, it } from '@jest/globals';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import type { Cluster } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import type { RunningOperator } from './testing/running-operator.ts';
import { installCrd } from './testing/test-server.ts';

const KINDS = ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const;
const CRD = ['CustomResourceDefinition', undefined, 'temperatureconverters.temperature-converter.io'] as const;
/** The maximum backoff of a list. */
const MAX_LIST_BACKOFF_MS = 30_000;

const environment = setUpTestEnvironment({ crd: false });

async function removeCrd(cluster: Cluster): Promise<void> {
  await cluster.delete(...CRD);
  await eventually(async () => expect(await cluster.find(...CRD)).toBeUndefined());
}

/** Advances the operator's clock until its caches have synced. */
async function advanceUntilSynced(operator: RunningOperator): Promise<void> {
  await eventually(() => {
    operator.clock.advance(MAX_LIST_BACKOFF_MS);
    expect(operator.hasSynced).toBe(true);
  });
}

describe('without the CustomResourceDefinition', () => {
  it('the operator retries with backoff, and reconciles once it is installed', async () => {
    const { cluster, namespace } = environment;
    await removeCrd(cluster);
    const operator = environment.start();
    await eventually(() => {
      expect(operator.log.messages).toContain('warn: cannot list; retrying');
    });
    for (let seconds = 0; seconds < 300; seconds += 10) {
      operator.clock.advance(10_000);
      await operator.quiet(20);
    }
    expect(operator.hasSynced).toBe(false);
    // Two lists of each of the five other kinds, where the API server refuses to stream them, and about two a minute of this one.
    expect((await operator.requests()).length).toBeLessThan(50);

    await installCrd(cluster);
    await cluster.createConverter(namespace, 'web');
    await advanceUntilSynced(operator);
    await environment.applied('web');
  });

  it('when it is deleted while the operator runs, the operator creates nothing until it is reinstalled', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    await removeCrd(cluster);
    // Acts as the garbage collector.
    await Promise.all(KINDS.map((kind) => cluster.delete(kind, namespace, 'web')));
    await operator.idle({ except: ['temperatureconverters'] });
    expect(await operator.writes(4)).toEqual([]);
    for (const kind of KINDS) expect(await cluster.find(kind, namespace, 'web')).toBeUndefined();

    await installCrd(cluster);
    await cluster.createConverter(namespace, 'web');
    await eventually(async () => {
      operator.clock.advance(MAX_LIST_BACKOFF_MS);
      await cluster.children(namespace, 'web');
    });
    await environment.applied('web');
  });
});

describe('an API server that restarts', () => {
  it('causes no write, and the operator resumes its watches', async () => {
    const { cluster, namespace, server } = environment;
    await installCrd(cluster);
    const operator = await environment.startSynced();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    const { apiServer } = server;
    await apiServer.stopApiServer();
    await eventually(() => {
      expect(operator.log.messages).toContainEqual(expect.stringContaining('the watch was interrupted; resuming'));
    });
    // The backoff limits the requests during the outage.
    const requests = await operator.metric('rest_client_requests_total');
    for (let seconds = 0; seconds < 60; seconds += 5) {
      operator.clock.advance(5000);
      await operator.quiet(20);
    }
    expect((await operator.metric('rest_client_requests_total')) - requests).toBeLessThan(5 * 15);
    await apiServer.startApiServer();

    await cluster.delete('Service', namespace, 'web');
    await eventually(async () => {
      operator.clock.advance(MAX_LIST_BACKOFF_MS);
      await cluster.get('Service', namespace, 'web');
    });
    await operator.idle();
    expect(await operator.writes(4)).toEqual(['patch services/web']);
  });

  it('during many reconciles loses none of them', async () => {
    const { cluster, namespace, server } = environment;
    await installCrd(cluster);
    const names = Array.from({ length: 60 }, (_, index) => `web-${index}`);
    for (const name of names) await cluster.createConverter(namespace, name);
    const operator = await environment.startSynced();
    await eventually(async () => expect(await cluster.list('Service', namespace)).not.toEqual([]));
    await server.apiServer.stopApiServer();
    await server.apiServer.startApiServer();
    await eventually(async () => {
      operator.clock.advance(MAX_LIST_BACKOFF_MS);
      for (const kind of KINDS) expect(await cluster.list(kind, namespace)).toHaveLength(names.length);
    });
    await environment.allApplied(names.length);
  });
});
