import { beforeEach, describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { keyOf } from '../object/object.ts';
import { ObjectStore } from './object-store.ts';
import { ALL, ObservedStore, type Thing, thing } from '../testing/observed-store.ts';

let store: ObservedStore;

beforeEach(() => {
  store = new ObservedStore();
});

describe('a watch', () => {
  it('adds, updates and deletes objects, and notifies listeners of each change', () => {
    const first = thing('a', 1);
    const second = thing('a', 2);
    store.upsert(ALL, first);
    store.upsert(ALL, second);
    expect(store.get('blue/a')).toBe(second);
    store.delete(ALL, thing('a', 3));
    expect(store.get('blue/a')).toBeUndefined();
    expect(store.changes).toEqual([
      { type: 'added', object: first },
      { type: 'updated', object: second, previous: first },
      { type: 'deleted', object: second },
    ]);
  });

  it('notifies each listener in order, after the store is updated', () => {
    const seen: unknown[] = [];
    store.onChange(() => seen.push('first', store.get('blue/a')));
    store.onChange(() => seen.push('second', store.size));
    const object = thing('a', 1);
    store.upsert(ALL, object);
    store.delete(ALL, thing('a', 2));
    expect(seen).toEqual(['first', object, 'second', 1, 'first', undefined, 'second', 0]);
  });

  it.each([
    ['an older version', 4],
    ['the same version', 5],
  ])('ignores a replayed event: %s', (_case, resourceVersion) => {
    store.upsert(ALL, thing('a', 5));
    store.notifications();
    store.upsert(ALL, thing('a', resourceVersion));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@5'], []]);
  });

  it('compares resource versions as numbers', () => {
    store.upsert(ALL, thing('a', 9));
    store.upsert(ALL, thing('a', 10));
    expect(store.content()).toEqual(['blue/a@10']);
  });

  it('ignores a replayed deletion if the object was re-created since', () => {
    store.upsert(ALL, thing('a', 7, { uid: 'second' }));
    store.notifications();
    store.delete(ALL, thing('a', 6, { uid: 'first' }));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@7'], []]);
  });

  it('ignores the deletion of an unknown object', () => {
    store.delete(ALL, thing('a', 1));
    expect([store.content(), store.notifications()]).toEqual([[], []]);
  });
});

describe('a list', () => {
  it('adds new objects, updates changed ones and removes deleted ones', () => {
    store.replace(ALL, [thing('a', 1), thing('b', 2), thing('c', 3)], '3');
    store.notifications();
    store.replace(ALL, [thing('a', 1), thing('b', 5), thing('d', 6)], '7');
    expect(store.content()).toEqual(['blue/a@1', 'blue/b@5', 'blue/d@6']);
    expect(store.notifications()).toEqual(['updated blue/b@5', 'added blue/d@6', 'deleted blue/c@3']);
  });

  it('does not remove objects that are newer than the list', async () => {
    store.replace(ALL, [], '5');
    await store.respond(thing('a', 8));
    store.replace(ALL, [], '7');
    expect(store.content()).toEqual(['blue/a@8']);
    store.replace(ALL, [], '8');
    expect(store.content()).toEqual([]);
  });

  it('does not replace an object with an older version', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await store.respond(thing('a', 8));
    store.replace(ALL, [thing('a', 1)], '7');
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('with the same resource version changes nothing', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await store.respond(thing('b', 6));
    store.notifications();
    store.replace(ALL, [thing('a', 1)], '5');
    expect([store.content(), store.notifications()]).toEqual([['blue/a@1', 'blue/b@6'], []]);
  });

  it('reports a re-created object as updated', () => {
    store.replace(ALL, [thing('a', 1, { uid: 'first' })], '1');
    store.notifications();
    store.replace(ALL, [thing('a', 4, { uid: 'second' })], '4');
    expect(store.changes).toMatchObject([
      { type: 'updated', object: { metadata: { uid: 'second' } }, previous: { metadata: { uid: 'first' } } },
    ]);
  });

  describe('that has an older version of an object than was known before it (etcd was restored)', () => {
    beforeEach(() => {
      store.replace(ALL, [thing('a', 10), thing('b', 11), thing('c', 12)], '15');
      store.notifications();
    });

    it('replaces newer objects, although its own resource version is newer', () => {
      store.replace(ALL, [thing('a', 3), thing('b', 16)], '1000015');
      expect(store.content()).toEqual(['blue/a@3', 'blue/b@16']);
      expect(store.notifications()).toEqual(['updated blue/a@3', 'updated blue/b@16', 'deleted blue/c@12']);
    });

    it('does not replace an object that is newer than the list', async () => {
      await store.respond(thing('a', 20));
      store.replace(ALL, [thing('a', 10), thing('b', 11)], '18');
      expect(store.content()).toEqual(['blue/a@20', 'blue/b@11']);
    });
  });

  describe('that is older than the last synced resource version (etcd was restored)', () => {
    beforeEach(() => {
      store.replace(ALL, [thing('a', 10), thing('b', 11), thing('c', 12)], '15');
      store.notifications();
    });

    it('replaces newer objects', () => {
      store.replace(ALL, [thing('a', 3), thing('b', 4)], '5');
      expect(store.content()).toEqual(['blue/a@3', 'blue/b@4']);
      expect(store.notifications()).toEqual(['updated blue/a@3', 'updated blue/b@4', 'deleted blue/c@12']);
    });

    it('is the base of later changes', async () => {
      store.replace(ALL, [thing('a', 3)], '5');
      store.upsert(ALL, thing('a', 6));
      await store.respond(thing('b', 7));
      expect(store.content()).toEqual(['blue/a@6', 'blue/b@7']);
    });

    it.each(['bookmark', 'event', 'deletion'])('is detected after a %s', (how) => {
      if (how === 'bookmark') store.advance(ALL, '20');
      else if (how === 'event') store.upsert(ALL, thing('d', 20));
      else store.delete(ALL, thing('c', 20));
      // A replayed event does not lower the last synced resource version.
      store.upsert(ALL, thing('a', 10));
      store.replace(ALL, [thing('a', 3)], '19');
      expect(store.content()).toEqual(['blue/a@3']);
    });
  });
});

describe('scopes', () => {
  it('are listed separately: the list of one namespace does not affect another', () => {
    store.replace('blue', [thing('a', 1)], '1');
    store.replace('green', [thing('a', 2, { namespace: 'green' })], '2');
    store.replace('blue', [], '9');
    expect(store.content()).toEqual(['green/a@2']);
  });

  it('have separate resource versions: a scope that lags is not taken for a restore', () => {
    store.replace('blue', [thing('a', 10)], '20');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '5');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '6');
    expect(store.content()).toEqual(['blue/a@10', 'green/b@3']);
  });
});

describe('the index', () => {
  it('finds objects by value, and follows changes, removed values and deletions', () => {
    store.upsert(ALL, thing('a', 1, { owner: 'x' }));
    store.upsert(ALL, thing('b', 2, { owner: 'x' }));
    store.upsert(ALL, thing('c', 3));
    expect([store.names('x'), store.names('y')]).toEqual([['a', 'b'], []]);
    store.upsert(ALL, thing('a', 4, { owner: 'y' }));
    expect([store.names('x'), store.names('y')]).toEqual([['b'], ['a']]);
    store.upsert(ALL, thing('a', 5));
    store.delete(ALL, thing('b', 6));
    expect([store.names('x'), store.names('y')]).toEqual([[], []]);
  });

  it("includes the operator's own writes", async () => {
    await store.respond(thing('a', 1, { owner: 'x' }));
    await store.respond(thing('a', 2, { owner: 'y' }));
    expect([store.names('x'), store.names('y')]).toEqual([[], ['a']]);
  });

  it('returns the latest version of each object', () => {
    store.upsert(ALL, thing('a', 1, { owner: 'x' }));
    const latest = thing('a', 2, { owner: 'x' });
    store.upsert(ALL, latest);
    expect(store.listByIndex('x')).toEqual([latest]);
  });

  it('is empty if no index function is given', () => {
    const plain = new ObjectStore<Thing>();
    plain.upsert(ALL, thing('a', 1, { owner: 'x' }));
    expect(plain.listByIndex('x')).toEqual([]);
    expect(plain.size).toBe(1);
  });
});

describe('after dropped, replayed and late events', () => {
  const history = array(
    record({ name: constantFrom('a', 'b', 'c'), type: constantFrom('write', 'delete'), owner: constantFrom('x', 'y') }),
    { minLength: 1, maxLength: 30 },
  );

  it('the store matches the server once a list and all later events are received', () => {
    assert(
      property(
        history,
        integer({ min: 0, max: 30 }),
        array(integer({ min: 0, max: 29 })),
        (operations, listedAt, replayed) => {
          store = new ObservedStore();
          const truth = new Map<string, Thing>();
          const events = operations.map(({ name, type, owner }, index) => {
            const object = thing(name, index + 1, { owner });
            return { isDeletion: type === 'delete', object };
          });
          const apply = ({ isDeletion, object }: (typeof events)[number]): void => {
            if (isDeletion) store.delete(ALL, object);
            else store.upsert(ALL, object);
          };
          // Before the list: any events, in any order.
          for (const index of replayed) events.slice(index, index + 1).forEach(apply);
          const listed = Math.min(listedAt, events.length);
          for (const [index, { isDeletion, object }] of events.entries()) {
            if (index === listed) store.replace(ALL, [...truth.values()], String(index));
            if (index >= listed) apply({ isDeletion, object });
            if (isDeletion) truth.delete(keyOf(object));
            else truth.set(keyOf(object), object);
          }
          if (listed === events.length) store.replace(ALL, [...truth.values()], String(listed));
          expect(new Set(store.list())).toEqual(new Set(truth.values()));
          for (const owner of ['x', 'y']) {
            expect(new Set(store.listByIndex(owner))).toEqual(
              new Set([...truth.values()].filter((object) => object.owner === owner)),
            );
          }
        },
      ),
    );
  });
});
