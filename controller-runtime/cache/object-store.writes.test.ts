import { beforeEach, describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { ALL, ObservedStore, type Thing, thing } from '../testing/observed-store.ts';

let store: ObservedStore;

beforeEach(() => {
  store = new ObservedStore();
});

/** Writes `a`, and calls `watch` during the write. Expects that listeners receive nothing until the write is done. */
const writeWhile = (watch: () => void, response: number | undefined): Promise<Thing | undefined> =>
  store.write('blue/a', async () => {
    watch();
    await Promise.resolve();
    expect(store.notifications()).toEqual([]);
    return response === undefined ? undefined : thing('a', response);
  });

describe('the response to a write', () => {
  it('is stored immediately, and listeners are not notified', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    store.notifications();
    await store.respond(thing('a', 6));
    await store.respond(thing('b', 7));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@6', 'blue/b@7'], []]);
  });

  it('causes no notification when the watch receives it', async () => {
    store.replace(ALL, [], '5');
    await store.respond(thing('a', 6));
    store.notifications();
    store.upsert(ALL, thing('a', 6));
    expect(store.notifications()).toEqual([]);
  });

  it('is replaced by a later watch event', async () => {
    store.replace(ALL, [], '5');
    await store.respond(thing('a', 6));
    store.notifications();
    store.upsert(ALL, thing('a', 8));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@8'], ['updated blue/a@8']]);
  });

  it.each([
    ['in all namespaces', ALL],
    ['in its namespace', 'blue'],
  ])('is dropped if a watch %s is past it, since the object may be deleted', async (_case, scope) => {
    store.replace(scope, [], '5');
    store.delete(scope, thing('a', 7));
    await store.respond(thing('a', 6));
    expect(store.content()).toEqual([]);
    store.advance(scope, '9');
    await store.respond(thing('a', 9));
    expect(store.content()).toEqual([]);
    await store.respond(thing('a', 10));
    expect(store.content()).toEqual(['blue/a@10']);
  });

  it('does not replace a newer version', async () => {
    store.replace(ALL, [], '5');
    await store.respond(thing('a', 8));
    await store.respond(thing('a', 7));
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('is stored even before the initial list', async () => {
    await store.respond(thing('a', 6));
    expect(store.content()).toEqual(['blue/a@6']);
  });
});

describe('during a write', () => {
  beforeEach(() => {
    store.replace(ALL, [thing('a', 1)], '5');
    store.notifications();
  });

  it.each([
    ['the write itself', (): void => store.upsert(ALL, thing('a', 7))],
    ['an earlier change, and the write itself', (): void => [6, 7].forEach((at) => store.upsert(ALL, thing('a', at)))],
    ['a list that includes the write', (): void => store.replace(ALL, [thing('a', 7)], '7')],
  ])('listeners are not notified of changes that the response includes: %s', async (_case, watch) => {
    await writeWhile(watch, 7);
    store.upsert(ALL, thing('a', 7));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@7'], []]);
  });

  it('a change after the write is notified once the response arrives, as an update of the response', async () => {
    await writeWhile(() => [7, 8, 9].forEach((version) => store.upsert(ALL, thing('a', version))), 7);
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 9), previous: thing('a', 7) }]);
    expect(store.content()).toEqual(['blue/a@9']);
  });

  it('the store holds the latest version', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      expect(store.content()).toEqual(['blue/a@6']);
      return Promise.resolve(thing('a', 7));
    });
  });

  it('changes of other objects are notified immediately', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('b', 6));
      expect(store.notifications()).toEqual(['added blue/b@6']);
      return Promise.resolve(thing('a', 7));
    });
  });

  it.each([
    ['no response', undefined],
    ['the response', 6],
  ])('a deletion is notified immediately, and changes before it are not, with %s', async (_case, response) => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      store.delete(ALL, thing('a', 7));
      expect(store.notifications()).toEqual(['deleted blue/a@6']);
      return Promise.resolve(response === undefined ? undefined : thing('a', response));
    });
    expect(store.content()).toEqual([]);
    expect(store.notifications().filter((change) => !change.startsWith('deleted'))).toEqual([]);
  });

  it('a created object that a later list does not contain is notified as deleted', async () => {
    await store.write('blue/b', () => {
      store.replace(ALL, [thing('a', 1)], '9');
      return Promise.resolve(thing('b', 6));
    });
    expect([store.content(), store.notifications()]).toEqual([['blue/a@1'], ['deleted blue/b@6']]);
  });

  it('the response for an object that was deleted and re-created is dropped, and the new object is notified', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 7));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      store.notifications();
      return Promise.resolve(thing('a', 6));
    });
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 8, { uid: 'a2' }), previous: thing('a', 6) }]);
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('a response from before etcd was restored is dropped, and all changes are notified', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      store.replace(ALL, [thing('a', 2)], '3');
      expect(store.notifications()).toEqual(['updated blue/a@6', 'updated blue/a@2']);
      return Promise.resolve(thing('a', 7));
    });
    store.upsert(ALL, thing('a', 4));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@4'], ['updated blue/a@4']]);
  });

  it('a re-created object is notified after the write', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 6));
      store.notifications();
      store.upsert(ALL, thing('a', 7, { uid: 'a2' }));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      return Promise.resolve(undefined);
    });
    expect(store.changes).toEqual([{ type: 'added', object: thing('a', 8, { uid: 'a2' }) }]);
  });

  it('changes are notified as one if the write turns out to be unnecessary', async () => {
    await writeWhile(() => [6, 7].forEach((version) => store.upsert(ALL, thing('a', version))), undefined);
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 7), previous: thing('a', 1) }]);
  });

  it('changes are notified if the write fails', async () => {
    const failing = store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      return Promise.reject(new Error('refused'));
    });
    await expect(failing).rejects.toThrow('refused');
    expect(store.notifications()).toEqual(['updated blue/a@6']);
    store.upsert(ALL, thing('a', 7));
    expect(store.notifications()).toEqual(['updated blue/a@7']);
  });
});

it('the final version of an object is always a response or was notified', async () => {
  const steps = array(
    record({
      writer: constantFrom('operator', 'other', 'deleted'),
      hasResponse: boolean(),
      followedBy: constantFrom('nothing', 'a change', 'a deletion'),
      seen: integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await assert(
    asyncProperty(steps, async (operations) => {
      store = new ObservedStore();
      let known = 0;
      store.onChange(({ type, object }) => {
        known = type === 'deleted' ? 0 : Number(object.metadata.resourceVersion);
      });
      const events: (() => void)[] = [];
      const watch = (count: number): void => events.splice(0, count).forEach((deliver) => deliver());
      let version = 0;
      const commit = (isDeletion: boolean): Thing => {
        version += 1;
        const object = thing('a', version);
        events.push(() => (isDeletion ? store.delete(ALL, object) : store.upsert(ALL, object)));
        return object;
      };
      for (const { writer, hasResponse, followedBy, seen } of operations) {
        if (writer !== 'operator') {
          commit(writer === 'deleted');
          continue;
        }
        const written = await store.write('blue/a', () => {
          watch(seen);
          const object = commit(false);
          if (followedBy !== 'nothing') commit(followedBy === 'a deletion');
          watch(seen);
          return Promise.resolve(hasResponse ? object : undefined);
        });
        // If the object is deleted by then, listeners are notified of it.
        if (store.content().length > 0) known = Math.max(known, Number(written?.metadata.resourceVersion ?? 0));
      }
      watch(events.length);
      expect(known === 0 ? [] : [`blue/a@${known}`]).toEqual(store.content());
    }),
  );
});
