import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiServerConnection } from '../client/connection.ts';
import { FakeServer, kubeConfigOf } from '../testing/fake-server.ts';
import { RecordedLog } from '../testing/recorded-log.ts';
import { createManager, type Manager } from './manager.ts';

const SITES = { group: 'example.com', version: 'v1', plural: 'sites' };

let server: FakeServer;
let manager: Manager;

beforeEach(async () => {
  server = await FakeServer.start();
  manager = createManager({
    connection: new ApiServerConnection(kubeConfigOf(server.url)),
    log: new RecordedLog(),
    fieldManager: 'site-operator',
  });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

const addController = (): void =>
  manager.controller({ name: 'site', kind: 'Site', for: manager.cache(SITES), reconcile: async () => undefined });

describe('a manager refuses', () => {
  it('a second controller of the same name', () => {
    addController();
    expect(addController).toThrow('there is a controller of the name site already');
  });

  it('caches, controllers and a second run once it was started', async () => {
    const stop = new AbortController();
    const cache = manager.cache(SITES);
    const running = manager.run(stop.signal);
    expect(manager.isRunning).toBe(true);
    expect(() => manager.cache(SITES)).toThrow(
      'the cache of sites was added after the manager was started: do so before run()',
    );
    expect(() =>
      manager.controller({ name: 'site', kind: 'Site', for: cache, reconcile: async () => undefined }),
    ).toThrow('controller site was added after the manager was started: do so before run()');
    await expect(manager.run(stop.signal)).rejects.toThrow(
      'run() was called after the manager was started: do so before run()',
    );
    stop.abort();
    expect(await running).toBe('stopped');
    expect(manager.isRunning).toBe(false);
  });

  it.each(['', 'my operator', 'operator/1.0', '-operator'])('the field manager %j', (fieldManager) => {
    expect(() => createManager({ fieldManager })).toThrow(
      `the field manager "${fieldManager}" is not a name of letters`,
    );
  });
});
