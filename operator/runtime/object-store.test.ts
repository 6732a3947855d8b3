import { beforeEach, describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, integer, property, record } from 'fast-check';
import { keyOf } from '../kube/object.ts';
import { ObjectStore, type StoreChange } from './object-store.ts';

interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly owner?: string;
}

const ALL = undefined;

function thing(
  name: string,
  resourceVersion: number,
  more: { namespace?: string; uid?: string; owner?: string } = {},
): Thing {
  const { namespace = 'blue', uid = name, owner } = more;
  return {
    metadata: { name, namespace, uid, resourceVersion: String(resourceVersion) },
    ...(owner === undefined ? {} : { owner }),
  };
}

let store: ObjectStore<Thing>;
let changes: StoreChange<Thing>[];

beforeEach(() => {
  store = new ObjectStore((object) => object.owner);
  changes = [];
  store.onChange((change) => changes.push(change));
});

/** What the store holds, as `namespace/name@resourceVersion`. */
const content = (): string[] =>
  [...store.list()].map((object) => `${keyOf(object)}@${object.metadata.resourceVersion}`).toSorted();

/** What listeners were told since the last look, as `type namespace/name@resourceVersion`. */
const told = (): string[] =>
  changes.splice(0).map(({ type, object }) => `${type} ${keyOf(object)}@${object.metadata.resourceVersion}`);

/** Writes an object, with that answer. */
const write = (answer: Thing): Promise<Thing> => store.write(keyOf(answer), () => Promise.resolve(answer));

/** Writes `a`; meanwhile the watch tells what it tells, of which listeners learn nothing yet. */
const writeWhile = (watch: () => void, answer: number | undefined): Promise<Thing | undefined> =>
  store.write('blue/a', async () => {
    watch();
    await Promise.resolve();
    expect(told()).toEqual([]);
    return answer === undefined ? undefined : thing('a', answer);
  });

/** The names of the objects under that index value. */
const names = (value: string): string[] => store.listByIndex(value).map(({ metadata }) => metadata.name);

describe('a watch', () => {
  it('adds, updates and deletes objects, and listeners are told of each change', () => {
    const first = thing('a', 1);
    const second = thing('a', 2);
    store.upsert(ALL, first);
    store.upsert(ALL, second);
    expect(store.get('blue/a')).toBe(second);
    store.delete(ALL, thing('a', 3));
    expect(store.get('blue/a')).toBeUndefined();
    expect(changes).toEqual([
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
    told();
    store.upsert(ALL, thing('a', resourceVersion));
    expect([content(), told()]).toEqual([['blue/a@5'], []]);
  });

  it('compares versions as numbers', () => {
    store.upsert(ALL, thing('a', 9));
    store.upsert(ALL, thing('a', 10));
    expect(content()).toEqual(['blue/a@10']);
  });

  it('whose deletion is replayed leaves alone what was made of that name since', () => {
    store.upsert(ALL, thing('a', 7, { uid: 'second' }));
    told();
    store.delete(ALL, thing('a', 6, { uid: 'first' }));
    expect([content(), told()]).toEqual([['blue/a@7'], []]);
  });

  it('that deletes what is not known is ignored', () => {
    store.delete(ALL, thing('a', 1));
    expect([content(), told()]).toEqual([[], []]);
  });
});

describe('a list', () => {
  it('adds what is new, updates what changed, and removes what is gone', () => {
    store.replace(ALL, [thing('a', 1), thing('b', 2), thing('c', 3)], '3');
    told();
    store.replace(ALL, [thing('a', 1), thing('b', 5), thing('d', 6)], '7');
    expect(content()).toEqual(['blue/a@1', 'blue/b@5', 'blue/d@6']);
    expect(told()).toEqual(['updated blue/b@5', 'added blue/d@6', 'deleted blue/c@3']);
  });

  it('does not remove what is newer than itself', async () => {
    store.replace(ALL, [], '5');
    await write(thing('a', 8));
    store.replace(ALL, [], '7');
    expect(content()).toEqual(['blue/a@8']);
    store.replace(ALL, [], '8');
    expect(content()).toEqual([]);
  });

  it('does not put an older state over a newer one', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await write(thing('a', 8));
    store.replace(ALL, [thing('a', 1)], '7');
    expect(content()).toEqual(['blue/a@8']);
  });

  it('as of the same version changes nothing', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    await write(thing('b', 6));
    told();
    store.replace(ALL, [thing('a', 1)], '5');
    expect([content(), told()]).toEqual([['blue/a@1', 'blue/b@6'], []]);
  });

  it('tells that an object was replaced by another of its name', () => {
    store.replace(ALL, [thing('a', 1, { uid: 'first' })], '1');
    told();
    store.replace(ALL, [thing('a', 4, { uid: 'second' })], '4');
    expect(changes).toMatchObject([
      { type: 'updated', object: { metadata: { uid: 'second' } }, previous: { metadata: { uid: 'first' } } },
    ]);
  });

  describe('that is older than what was followed, since the data was restored', () => {
    beforeEach(() => {
      store.replace(ALL, [thing('a', 10), thing('b', 11), thing('c', 12)], '15');
      told();
    });

    it('holds as it is', () => {
      store.replace(ALL, [thing('a', 3), thing('b', 4)], '5');
      expect(content()).toEqual(['blue/a@3', 'blue/b@4']);
      expect(told()).toEqual(['updated blue/a@3', 'updated blue/b@4', 'deleted blue/c@12']);
    });

    it('is followed from there on', async () => {
      store.replace(ALL, [thing('a', 3)], '5');
      store.upsert(ALL, thing('a', 6));
      await write(thing('b', 7));
      expect(content()).toEqual(['blue/a@6', 'blue/b@7']);
    });

    it.each(['bookmark', 'event', 'deletion'])('is noticed after a %s too', (how) => {
      if (how === 'bookmark') store.advance(ALL, '20');
      else if (how === 'event') store.upsert(ALL, thing('d', 20));
      else store.delete(ALL, thing('c', 20));
      // A replayed event does not turn back how far the watch has come.
      store.upsert(ALL, thing('a', 10));
      store.replace(ALL, [thing('a', 3)], '19');
      expect(content()).toEqual(['blue/a@3']);
    });
  });
});

describe('scopes', () => {
  it('are listed apart: a list of one namespace says nothing of another', () => {
    store.replace('blue', [thing('a', 1)], '1');
    store.replace('green', [thing('a', 2, { namespace: 'green' })], '2');
    store.replace('blue', [], '9');
    expect(content()).toEqual(['green/a@2']);
  });

  it('are followed apart: one that lags does not look restored', () => {
    store.replace('blue', [thing('a', 10)], '20');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '5');
    store.replace('green', [thing('b', 3, { namespace: 'green' })], '6');
    expect(content()).toEqual(['blue/a@10', 'green/b@3']);
  });
});

describe('the answer to a write of ours', () => {
  it('is known at once, and no listener is told', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    told();
    await write(thing('a', 6));
    await write(thing('b', 7));
    expect([content(), told()]).toEqual([['blue/a@6', 'blue/b@7'], []]);
  });

  it('is not told again when the watch comes to it', async () => {
    store.replace(ALL, [], '5');
    await write(thing('a', 6));
    told();
    store.upsert(ALL, thing('a', 6));
    expect(told()).toEqual([]);
  });

  it('is overtaken by what the watch tells of later', async () => {
    store.replace(ALL, [], '5');
    await write(thing('a', 6));
    told();
    store.upsert(ALL, thing('a', 8));
    expect([content(), told()]).toEqual([['blue/a@8'], ['updated blue/a@8']]);
  });

  it.each([
    ['in all namespaces', ALL],
    ['in its own', 'blue'],
  ])('is dropped when the watch has passed it %s, since the object may be gone again', async (_case, scope) => {
    store.replace(scope, [], '5');
    store.delete(scope, thing('a', 7));
    await write(thing('a', 6));
    expect(content()).toEqual([]);
    store.advance(scope, '9');
    await write(thing('a', 9));
    expect(content()).toEqual([]);
    await write(thing('a', 10));
    expect(content()).toEqual(['blue/a@10']);
  });

  it('does not put an older state over a newer one', async () => {
    store.replace(ALL, [], '5');
    await write(thing('a', 8));
    await write(thing('a', 7));
    expect(content()).toEqual(['blue/a@8']);
  });

  it('is taken even before the first list', async () => {
    await write(thing('a', 6));
    expect(content()).toEqual(['blue/a@6']);
  });
});

describe('while a write of ours is under way', () => {
  beforeEach(() => {
    store.replace(ALL, [thing('a', 1)], '5');
    told();
  });

  it.each([
    ['our own write', (): void => store.upsert(ALL, thing('a', 7))],
    ['a change before it, and our own write', (): void => [6, 7].forEach((at) => store.upsert(ALL, thing('a', at)))],
    ['a list that has our own write', (): void => store.replace(ALL, [thing('a', 7)], '7')],
  ])('the watch tells nothing that the answer covers: %s', async (_case, watch) => {
    await writeWhile(watch, 7);
    store.upsert(ALL, thing('a', 7));
    expect([content(), told()]).toEqual([['blue/a@7'], []]);
  });

  it('a change that comes after our write is told once the answer is there, as a change of that', async () => {
    await writeWhile(() => [7, 8, 9].forEach((version) => store.upsert(ALL, thing('a', version))), 7);
    expect(changes).toEqual([{ type: 'updated', object: thing('a', 9), previous: thing('a', 7) }]);
    expect(content()).toEqual(['blue/a@9']);
  });

  it('what is in the store is the latest', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      expect(content()).toEqual(['blue/a@6']);
      return Promise.resolve(thing('a', 7));
    });
  });

  it('changes of other objects are told at once', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('b', 6));
      expect(told()).toEqual(['added blue/b@6']);
      return Promise.resolve(thing('a', 7));
    });
  });

  it.each([
    ['no answer', undefined],
    ['the answer', 6],
  ])('a deletion is told at once, and nothing of what was before it, with %s', async (_case, answer) => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      store.delete(ALL, thing('a', 7));
      expect(told()).toEqual(['deleted blue/a@6']);
      return Promise.resolve(answer === undefined ? undefined : thing('a', answer));
    });
    expect(content()).toEqual([]);
    expect(told().filter((change) => !change.startsWith('deleted'))).toEqual([]);
  });

  it('what we created is told to be gone when a list knows nothing of it any more', async () => {
    await store.write('blue/b', () => {
      store.replace(ALL, [thing('a', 1)], '9');
      return Promise.resolve(thing('b', 6));
    });
    expect([content(), told()]).toEqual([['blue/a@1'], ['deleted blue/b@6']]);
  });

  it('the answer for an object that was deleted and made anew is dropped, and the new one told', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 7));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      told();
      return Promise.resolve(thing('a', 6));
    });
    expect(changes).toEqual([{ type: 'updated', object: thing('a', 8, { uid: 'a2' }), previous: thing('a', 6) }]);
    expect(content()).toEqual(['blue/a@8']);
  });

  it('an answer from before the data were restored is dropped, and all is told', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      store.replace(ALL, [thing('a', 2)], '3');
      expect(told()).toEqual(['updated blue/a@6', 'updated blue/a@2']);
      return Promise.resolve(thing('a', 7));
    });
    store.upsert(ALL, thing('a', 4));
    expect([content(), told()]).toEqual([['blue/a@4'], ['updated blue/a@4']]);
  });

  it('an object that is made anew is told in the end', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 6));
      told();
      store.upsert(ALL, thing('a', 7, { uid: 'a2' }));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      return Promise.resolve(undefined);
    });
    expect(changes).toEqual([{ type: 'added', object: thing('a', 8, { uid: 'a2' }) }]);
  });

  it('what the watch told is told in one when the write finds nothing to write', async () => {
    await writeWhile(() => [6, 7].forEach((version) => store.upsert(ALL, thing('a', version))), undefined);
    expect(changes).toEqual([{ type: 'updated', object: thing('a', 7), previous: thing('a', 1) }]);
  });

  it('what the watch told is told when the write fails', async () => {
    const failing = store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      return Promise.reject(new Error('refused'));
    });
    await expect(failing).rejects.toThrow('refused');
    expect(told()).toEqual(['updated blue/a@6']);
    store.upsert(ALL, thing('a', 7));
    expect(told()).toEqual(['updated blue/a@7']);
  });
});

describe('the index', () => {
  it('finds objects by their value, as they change it, lose it and go', () => {
    store.upsert(ALL, thing('a', 1, { owner: 'x' }));
    store.upsert(ALL, thing('b', 2, { owner: 'x' }));
    store.upsert(ALL, thing('c', 3));
    expect([names('x'), names('y')]).toEqual([['a', 'b'], []]);
    store.upsert(ALL, thing('a', 4, { owner: 'y' }));
    expect([names('x'), names('y')]).toEqual([['b'], ['a']]);
    store.upsert(ALL, thing('a', 5));
    store.delete(ALL, thing('b', 6));
    expect([names('x'), names('y')]).toEqual([[], []]);
  });

  it('knows what we wrote', async () => {
    await write(thing('a', 1, { owner: 'x' }));
    await write(thing('a', 2, { owner: 'y' }));
    expect([names('x'), names('y')]).toEqual([[], ['a']]);
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
          store = new ObjectStore((object) => object.owner);
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

  it('each state that lasts is one that a write of ours answered or listeners were told of', async () => {
    const steps = array(
      record({
        writer: constantFrom('we', 'they', 'deleted'),
        isAnswered: boolean(),
        overtakenBy: constantFrom('nothing', 'a change', 'a deletion'),
        seen: integer({ min: 0, max: 3 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    await assert(
      asyncProperty(steps, async (operations) => {
        store = new ObjectStore();
        let known = 0;
        store.onChange(({ type, object }) => {
          known = type === 'deleted' ? 0 : Number(object.metadata.resourceVersion);
        });
        const events: (() => void)[] = [];
        const watch = (count: number): void => events.splice(0, count).forEach((tell) => tell());
        let version = 0;
        const commit = (isDeletion: boolean): Thing => {
          version += 1;
          const object = thing('a', version);
          events.push(() => (isDeletion ? store.delete(ALL, object) : store.upsert(ALL, object)));
          return object;
        };
        for (const { writer, isAnswered, overtakenBy, seen } of operations) {
          if (writer !== 'we') {
            commit(writer === 'deleted');
            continue;
          }
          const written = await store.write('blue/a', () => {
            watch(seen);
            const object = commit(false);
            if (overtakenBy !== 'nothing') commit(overtakenBy === 'a deletion');
            watch(seen);
            return Promise.resolve(isAnswered ? object : undefined);
          });
          // What is gone by then is told to be.
          if (content().length > 0) known = Math.max(known, Number(written?.metadata.resourceVersion ?? 0));
        }
        watch(events.length);
        expect(known === 0 ? [] : [`blue/a@${known}`]).toEqual(content());
      }),
    );
  });
});
