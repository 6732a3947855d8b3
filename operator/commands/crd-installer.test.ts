import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';
import { type Exchange, FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { FakeClock } from '../../controller-runtime/testing/fake-clock.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { applyCrd } from './crd-installer.ts';

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.io' },
  spec: { group: 'example.io' },
};
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.io';

let directory: string;
let server: FakeServer;
let clock: FakeClock;
let log: RecordedLog;
let stop: AbortController;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'crd-'));
  server = await FakeServer.start();
  clock = new FakeClock();
  log = new RecordedLog();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function install(text = dump(DEFINITION)): Promise<void> {
  const file = join(directory, 'crd.yaml');
  await writeFile(file, text);
  await applyCrd(file, { client: server.client(), clock, log }, stop.signal);
}

/** Returns the next request, and expects this method. */
async function nextOf(method: string): Promise<Exchange> {
  const exchange = await server.next();
  expect(exchange.request).toMatchObject({ method, path: PATH });
  return exchange;
}

const withConditions = (...conditions: object[]): object => ({ ...DEFINITION, status: { conditions } });
const ESTABLISHED = { type: 'Established', status: 'True' };

describe('applyCrd', () => {
  it('force-applies the definition and waits until it is established', async () => {
    const installing = install();
    const apply = await nextOf('PATCH');
    apply.answer(200, DEFINITION);
    expect(apply.request).toMatchObject({ query: { force: 'true' }, body: DEFINITION });
    expect(apply.request.headers['content-type']).toBe('application/apply-patch+yaml');
    (await nextOf('GET')).answer(200, DEFINITION);
    expect(await clock.untilScheduled()).toEqual([250]);
    clock.advance(250);
    (await nextOf('GET')).answer(200, withConditions({ ...ESTABLISHED, status: 'False' }));
    await clock.untilScheduled();
    clock.advance(250);
    (await nextOf('GET')).answer(200, withConditions(ESTABLISHED));
    await installing;
    expect(log.messages).toEqual([
      'info: applied the CustomResourceDefinition',
      'info: the CustomResourceDefinition is established',
    ]);
  });

  it('rejects if the API server rejects the definition', async () => {
    const installing = install();
    (await nextOf('PATCH')).refuse(403, { reason: 'Forbidden' });
    await expect(installing).rejects.toMatchObject({ name: 'ApiError', code: 403 });
  });

  it('rejects if another definition uses the same names', async () => {
    const installing = install();
    (await nextOf('PATCH')).answer(200, DEFINITION);
    const refused = { type: 'NamesAccepted', status: 'False', message: '"things" is already in use' };
    (await nextOf('GET')).answer(200, withConditions(refused));
    await expect(installing).rejects.toThrow(
      'the names of CustomResourceDefinition things.example.io are not accepted: "things" is already in use',
    );
  });

  it('rejects if the definition is not established within a minute', async () => {
    const installing = install();
    (await nextOf('PATCH')).answer(200, DEFINITION);
    (await nextOf('GET')).answer(200, DEFINITION);
    await clock.untilScheduled();
    clock.advance(60_001);
    (await nextOf('GET')).answer(200, DEFINITION);
    await expect(installing).rejects.toThrow(
      'CustomResourceDefinition things.example.io was not established within 60 seconds',
    );
  });

  it('rejects if aborted before the definition is established', async () => {
    const installing = install();
    (await nextOf('PATCH')).answer(200, DEFINITION);
    (await nextOf('GET')).answer(200, DEFINITION);
    await clock.untilScheduled();
    stop.abort();
    await expect(installing).rejects.toMatchObject({ name: 'AbortError' });
    expect(log.messages).toEqual(['info: applied the CustomResourceDefinition']);
  });

  it.each([
    ['nothing', dump(null)],
    ['something else', dump({ ...DEFINITION, kind: 'ConfigMap' })],
    ['a definition without a name', dump({ kind: DEFINITION.kind })],
  ])('rejects a file with %s before it sends anything', async (_case, text) => {
    await expect(install(text)).rejects.toThrow('crd.yaml does not contain a CustomResourceDefinition');
    expect(server.count).toBe(0);
  });
});
