import { beforeEach, describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { ALL, ObservedStore, type Thing, thing } from '../testing/observed-store.ts';

let store: ObservedStore;

beforeEach(() => {
  store = new ObservedStore();
});

/** Writes `a`; meanwhile the watch tells what it tells, of which listeners learn nothing yet. */
const writeWhile = (watch: () => void, answer: number | undefined): Promise<Thing | undefined> =>
  store.write('blue/a', async () => {
    watch();
    await Promise.resolve();
    expect(store.notifications()).toEqual([]);
    return answer === undefined ? undefined : thing('a', answer);
  });

describe('the answer to a write of ours', () => {
  it('is known at once, and no listener is told', async () => {
    store.replace(ALL, [thing('a', 1)], '5');
    store.notifications();
    await store.wrote(thing('a', 6));
    await store.wrote(thing('b', 7));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@6', 'blue/b@7'], []]);
  });

  it('is not told again when the watch comes to it', async () => {
    store.replace(ALL, [], '5');
    await store.wrote(thing('a', 6));
    store.notifications();
    store.upsert(ALL, thing('a', 6));
    expect(store.notifications()).toEqual([]);
  });

  it('is overtaken by what the watch tells of later', async () => {
    store.replace(ALL, [], '5');
    await store.wrote(thing('a', 6));
    store.notifications();
    store.upsert(ALL, thing('a', 8));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@8'], ['updated blue/a@8']]);
  });

  it.each([
    ['in all namespaces', ALL],
    ['in its own', 'blue'],
  ])('is dropped when the watch has passed it %s, since the object may be gone again', async (_case, scope) => {
    store.replace(scope, [], '5');
    store.delete(scope, thing('a', 7));
    await store.wrote(thing('a', 6));
    expect(store.content()).toEqual([]);
    store.advance(scope, '9');
    await store.wrote(thing('a', 9));
    expect(store.content()).toEqual([]);
    await store.wrote(thing('a', 10));
    expect(store.content()).toEqual(['blue/a@10']);
  });

  it('does not put an older state over a newer one', async () => {
    store.replace(ALL, [], '5');
    await store.wrote(thing('a', 8));
    await store.wrote(thing('a', 7));
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('is taken even before the first list', async () => {
    await store.wrote(thing('a', 6));
    expect(store.content()).toEqual(['blue/a@6']);
  });
});

describe('while a write of ours is under way', () => {
  beforeEach(() => {
    store.replace(ALL, [thing('a', 1)], '5');
    store.notifications();
  });

  it.each([
    ['our own write', (): void => store.upsert(ALL, thing('a', 7))],
    ['a change before it, and our own write', (): void => [6, 7].forEach((at) => store.upsert(ALL, thing('a', at)))],
    ['a list that has our own write', (): void => store.replace(ALL, [thing('a', 7)], '7')],
  ])('the watch tells nothing that the answer covers: %s', async (_case, watch) => {
    await writeWhile(watch, 7);
    store.upsert(ALL, thing('a', 7));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@7'], []]);
  });

  it('a change that comes after our write is told once the answer is there, as a change of that', async () => {
    await writeWhile(() => [7, 8, 9].forEach((version) => store.upsert(ALL, thing('a', version))), 7);
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 9), previous: thing('a', 7) }]);
    expect(store.content()).toEqual(['blue/a@9']);
  });

  it('what is in the store is the latest', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      expect(store.content()).toEqual(['blue/a@6']);
      return Promise.resolve(thing('a', 7));
    });
  });

  it('changes of other objects are told at once', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('b', 6));
      expect(store.notifications()).toEqual(['added blue/b@6']);
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
      expect(store.notifications()).toEqual(['deleted blue/a@6']);
      return Promise.resolve(answer === undefined ? undefined : thing('a', answer));
    });
    expect(store.content()).toEqual([]);
    expect(store.notifications().filter((change) => !change.startsWith('deleted'))).toEqual([]);
  });

  it('what we created is told to be gone when a list knows nothing of it any more', async () => {
    await store.write('blue/b', () => {
      store.replace(ALL, [thing('a', 1)], '9');
      return Promise.resolve(thing('b', 6));
    });
    expect([store.content(), store.notifications()]).toEqual([['blue/a@1'], ['deleted blue/b@6']]);
  });

  it('the answer for an object that was deleted and made anew is dropped, and the new one told', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 7));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      store.notifications();
      return Promise.resolve(thing('a', 6));
    });
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 8, { uid: 'a2' }), previous: thing('a', 6) }]);
    expect(store.content()).toEqual(['blue/a@8']);
  });

  it('an answer from before the data were restored is dropped, and all is told', async () => {
    await store.write('blue/a', () => {
      store.upsert(ALL, thing('a', 6));
      store.replace(ALL, [thing('a', 2)], '3');
      expect(store.notifications()).toEqual(['updated blue/a@6', 'updated blue/a@2']);
      return Promise.resolve(thing('a', 7));
    });
    store.upsert(ALL, thing('a', 4));
    expect([store.content(), store.notifications()]).toEqual([['blue/a@4'], ['updated blue/a@4']]);
  });

  it('an object that is made anew is told in the end', async () => {
    await store.write('blue/a', () => {
      store.delete(ALL, thing('a', 6));
      store.notifications();
      store.upsert(ALL, thing('a', 7, { uid: 'a2' }));
      store.upsert(ALL, thing('a', 8, { uid: 'a2' }));
      return Promise.resolve(undefined);
    });
    expect(store.changes).toEqual([{ type: 'added', object: thing('a', 8, { uid: 'a2' }) }]);
  });

  it('what the watch told is told in one when the write finds nothing to write', async () => {
    await writeWhile(() => [6, 7].forEach((version) => store.upsert(ALL, thing('a', version))), undefined);
    expect(store.changes).toEqual([{ type: 'updated', object: thing('a', 7), previous: thing('a', 1) }]);
  });

  it('what the watch told is told when the write fails', async () => {
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
      store = new ObservedStore();
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
        if (store.content().length > 0) known = Math.max(known, Number(written?.metadata.resourceVersion ?? 0));
      }
      watch(events.length);
      expect(known === 0 ? [] : [`blue/a@${known}`]).toEqual(store.content());
    }),
  );
});
