import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { keyOf, type KubernetesObject } from '../../controller-runtime/object/object.ts';
import { Cursor, type Listed, listInOrder } from './ordered-list.ts';

const RESOURCE = { group: '', version: 'v1', plural: 'services' };
const { signal } = new AbortController();
let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function object(key: string): KubernetesObject {
  const [namespace = '', name = ''] = key.split('/');
  return { metadata: { namespace, name, uid: key, resourceVersion: '1' } };
}

/** Answers the next list with a page; resolves to the query. */
async function answerPage(keys: readonly string[], metadata: object = {}): Promise<Readonly<Record<string, string>>> {
  const exchange = await server.next();
  exchange.answer(200, { metadata: { resourceVersion: '1', ...metadata }, items: keys.map(object) });
  return exchange.request.query;
}

async function collected(objects: AsyncIterable<Listed<KubernetesObject>>): Promise<readonly [string, number][]> {
  const all: [string, number][] = [];
  for await (const { object: found, remaining } of objects) all.push([keyOf(found), remaining]);
  return all;
}

function list(): AsyncGenerator<Listed<KubernetesObject>> {
  return listInOrder({ client: server.client(), resource: RESOURCE, namespace: undefined }, signal);
}

async function* listed(...keys: readonly string[]): AsyncGenerator<Listed<KubernetesObject>> {
  for (const key of keys) yield await Promise.resolve({ object: object(key), remaining: 0 });
}

describe('listInOrder', () => {
  it('lists page by page, and says how many objects follow', async () => {
    const all = collected(list());
    expect(await answerPage(['a/1', 'a/2'], { continue: 'more', remainingItemCount: 1 })).not.toHaveProperty(
      'continue',
    );
    expect(await answerPage(['b/1'])).toMatchObject({ continue: 'more' });
    expect(await all).toEqual([
      ['a/1', 2],
      ['a/2', 1],
      ['b/1', 0],
    ]);
  });

  it('continues an expired list with the token of the error', async () => {
    const all = collected(list());
    await answerPage(['a/1'], { continue: 'old' });
    const expired = { reason: 'Expired', message: 'too old', metadata: { continue: 'new' } };
    (await server.next()).answer(410, expired);
    expect(await answerPage(['b/1'])).toMatchObject({ continue: 'new' });
    expect(await all).toHaveLength(2);
  });

  it('asks for the page again after the API server has asked to wait', async () => {
    const all = collected(list());
    (await server.next()).refuse(429, { message: 'too many requests' }, { 'retry-after': '0.01' });
    await answerPage(['a/1'], { continue: 'more' });
    (await server.next()).refuse(429, { message: 'too many requests' }, { 'retry-after': '0.01' });
    expect(await answerPage(['b/1'])).toMatchObject({ continue: 'more' });
    expect(await all).toHaveLength(2);
  });

  it('rejects if the API server keeps asking to wait', async () => {
    const all = collected(list());
    const rejected = expect(all).rejects.toThrow('too many requests');
    for (let request = 0; request < 10; request += 1) {
      (await server.next()).refuse(429, { message: 'too many requests' }, { 'retry-after': '0.01' });
    }
    await rejected;
  });

  it('rejects if an expired list cannot be continued', async () => {
    const all = collected(list());
    (await server.next()).answer(410, { reason: 'Expired', message: 'too old' });
    await expect(all).rejects.toThrow('too old');
  });
});

describe('Cursor', () => {
  it('finds the objects with certain keys, and skips the others', async () => {
    const cursor = new Cursor(listed('a-b/1', 'a/1', 'a/2', 'b/3'));
    const found = ['a-b/1', 'a/0', 'a/2', 'b/2', 'b/3', 'c/1'];
    const keys: (string | undefined)[] = [];
    for (const key of found) keys.push((await cursor.find(key))?.metadata.uid);
    expect(keys).toEqual(['a-b/1', undefined, 'a/2', undefined, 'b/3', undefined]);
  });

  it('rejects if the API server does not list in order', async () => {
    const cursor = new Cursor(listed('b/1', 'a/1'));
    await expect(cursor.find('c/1')).rejects.toThrow('does not list objects in order: a/1 follows b/1');
  });
});
