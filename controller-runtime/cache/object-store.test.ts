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
  it('adds, updates and deletes objects, and listeners are told of each change', () => {
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

  it('tells of a change once it is in the store, to each listener in order', () => {
    const seen: unknown[] = [];
    store.onChange(() => seen.push('first', store.get('blue/a')));
    store.onChange(() => seen.push('second', store.size));
    const object = thing('a', 1);
    store.upsert(ALL, object);
    store.delete(ALL, thing('a', 2));
    expect(seen).toEqual(['first', object, 'second', 1, 'first', undefined, 'second', 0]);
  });

  it.each([
    ['older', 4],
    ['the same', 5],
  ])('that is replayed changes nothing: %s', (_case, resourceVersion) => {
    store.upsert(ALL, thing('a', 5));
    store.notifications();
    store.upsert(ALL, thing('a', resourceVersion));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@5'], []]);
  });

  it('compares versions as numbers', () => {
    store.upsert(ALL, thing('a', 9));
    store.upsert(ALL, thing('a', 10));
    expect(store.content()).toEqual(['blue/a@10']);
  });

  it('whose deletion is replayed leaves alone what was made of that name since', () => {
    store.upsert(ALL, thing('a', 7, { uid: 'second' }));
    store.notifications();
    store.delete(ALL, thing('a', 6, { uid: 'first' }));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@7'], []]);
  });

  it('that deletes what is not known is ignored', () => {
    store.delete(ALL, thing('a', 1));
    expect([store.content(), store.notifications()]).toEqual([[], []]);
  });
});

describe('a list', () => {
  it('adds what is new, updates what changed, and removes what is gone', () => {
    store.replace(ALL, [thing('a', 1), thing('b', 2), thing('c', 3)], '3');
    store.notifications();
    store.replace(ALL, [thing('a', 1), thing('b', 5), thing('d', 6)], '7');
    expect(store.content()).toEqual(['blue/a@1', 'blue/b@5', 'blue/d@6']);
    expect(store.notifications()).toEqual(['updated blue/b@5', 'added blue/d@6', 'deleted blue/c@3']);
  });

  it('does not remove what is newer than itself', async () => {
    store.replace(ALL, [], '5');
    await store.wrote(thing('a', 8));
    store.replace(ALL, [], '7');
    expect(store.content()).toEqual(['blue/a@8']);
    store.replace(ALL, [], '8');
    expect(store.content()).toEqual([]);
  });

  it('does not put an older state over a newer one', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await store.wrote(thing('a', 8));
    store.replace(ALL, [thing('a', 1)], '7');
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('as of the same version changes nothing', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await store.wrote(thing('b', 6));
    store.notifications();
    store.replace(ALL, [thing('a', 1)], '5');
    expect([store.content(), store.notifications()]).toEqual([['blue/a@1', 'blue/b@6'], []]);
  });

  it('tells that an object was replaced by another of its name', () => {
    store.replace(ALL, [thing('a', 1, { uid: 'first' })], '1');
    store.notifications();
    store.replace(ALL, [thing('a', 4, { uid: 'second' })], '4');
    expect(store.changes).toMatchObject([
      { type: 'updated', object: { metadata: { uid: 'second' } }, previous: { metadata: { uid: 'first' } } },
    ]);
  });

  describe('that is older than what was followed, since the data was restored', () => {
    beforeEach(() => {
      store.replace(ALL, [thing('a', 10), thing('b', 11), thing('c', 12)], '15');
      store.notifications();
    });

    it('holds as it is', () => {
      store.replace(ALL, [thing('a', 3), thing('b', 4)], '5');
      expect(store.content()).toEqual(['blue/a@3', 'blue/b@4']);
      expect(store.notifications()).toEqual(['updated blue/a@3', 'updated blue/b@4', 'deleted blue/c@12']);
    });

    it('is followed from there on', async () => {
      store.replace(ALL, [thing('a', 3)], '5');
      store.upsert(ALL, thing('a', 6));
      await store.wrote(thing('b', 7));
      expect(store.content()).toEqual(['blue/a@6', 'blue/b@7']);
    });

    it.each(['bookmark', 'event', 'deletion'])('is noticed after a %s too', (how) => {
      if (how === 'bookmark') store.advance(ALL, '20');
      else if (how === 'event') store.upsert(ALL, thing('d', 20));
      else store.delete(ALL, thing('c', 20));
      // A replayed event does not turn back how far the watch has come.
      store.upsert(ALL, thing('a', 10));
      store.replace(ALL, [thing('a', 3)], '19');
      expect(store.content()).toEqual(['blue/a@3']);
    });
  });
});

describe('scopes', () => {
  it('are listed apart: a list of one namespace says nothing of another', () => {
    store.replace('blue', [thing('a', 1)], '1');
    store.replace('green', [thing('a', 2, { namespace: 'green' })], '2');
    store.replace('blue', [], '9');
    expect(store.content()).toEqual(['green/a@2']);
  });

  it('are followed apart: one that lags does not look restored', () => {
    store.replace('blue', [thing('a', 10)], '20');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '5');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '6');
    expect(store.content()).toEqual(['blue/a@10', 'green/b@3']);
  });
});

describe('the index', () => {
  it('finds objects by their value, as they change it, lose it and go', () => {
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

  it('knows what we wrote', async () => {
    await store.wrote(thing('a', 1, { owner: 'x' }));
    await store.wrote(thing('a', 2, { owner: 'y' }));
    expect([store.names('x'), store.names('y')]).toEqual([[], ['a']]);
  });

  it('gives the latest state', () => {
    store.upsert(ALL, thing('a', 1, { owner: 'x' }));
    const latest = thing('a', 2, { owner: 'x' });
    store.upsert(ALL, latest);
    expect(store.listByIndex('x')).toEqual([latest]);
  });

  it('is empty where nothing is indexed', () => {
    const plain = new ObjectStore<Thing>();
    plain.upsert(ALL, thing('a', 1, { owner: 'x' }));
    expect(plain.listByIndex('x')).toEqual([]);
    expect(plain.size).toBe(1);
  });
});

describe('whatever is dropped, replayed or told late', () => {
  const history = array(
    record({ name: constantFrom('a', 'b', 'c'), type: constantFrom('write', 'delete'), owner: constantFrom('x', 'y') }),
    { minLength: 1, maxLength: 30 },
  );

  it('the store is right once a list has been taken and followed to the end', () => {
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
          const follow = ({ isDeletion, object }: (typeof events)[number]): void => {
            if (isDeletion) store.delete(ALL, object);
            else store.upsert(ALL, object);
          };
          // Before the list: any events, in any order, and answers to writes of ours.
          for (const index of replayed) events.slice(index, index + 1).forEach(follow);
          const listed = Math.min(listedAt, events.length);
          for (const [index, { isDeletion, object }] of events.entries()) {
            if (index === listed) store.replace(ALL, [...truth.values()], String(index));
            if (index >= listed) follow({ isDeletion, object });
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
