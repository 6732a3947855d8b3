import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findBinaries } from '../../integration/testing/test-server.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { eventually } from './eventually.ts';

const TEST_MS = 120_000;
const LEFT_OVER = `
import { startApiServer } from ${JSON.stringify(join(import.meta.dirname, 'api-server.ts'))};
const { directory, url } = await startApiServer();
console.log(JSON.stringify({ directory, url }));
setInterval(() => {}, 1000);
`;

jest.setTimeout(TEST_MS);

let binaries = '';
let servers: ApiServer[] = [];

beforeAll(async () => {
  binaries = await findBinaries();
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

async function start(): Promise<ApiServer> {
  const server = await startApiServer({ binaries });
  servers.push(server);
  return server;
}

describe('an API server', () => {
  it('runs next to another one, and can be stopped twice, which removes its files', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.url).not.toBe(other.url);
    await other.client.send({ method: 'GET', path: '/api/v1/nodes' });
    await one.stop();
    await one.stop();
    expect(existsSync(one.directory)).toBe(false);
    await expect(one.client.send({ method: 'GET', path: '/api/v1/nodes' })).rejects.toThrow(/ECONN(?:REFUSED|RESET)/u);
  });

  it('restarts at the same address, and keeps its objects', async () => {
    const server = await start();
    const { client } = server;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'blue' } };
    await client.send({ method: 'POST', path: '/api/v1/namespaces', body: namespace });
    await server.stopApiServer();
    const read = (): Promise<unknown> => client.send({ method: 'GET', path: '/api/v1/namespaces/blue' });
    await expect(read()).rejects.toThrow('ECONNREFUSED');
    await server.startApiServer();
    await expect(read()).resolves.toMatchObject({ metadata: { name: 'blue' } });
  });

  it('records each request once, with its user and its response', async () => {
    const { client, audit } = await start();
    const read = client.send({ method: 'GET', path: '/api/v1/namespaces/default/configmaps/absent' });
    await expect(read).rejects.toMatchObject({ code: 404 });
    const requests = await audit.requests();
    expect(requests.filter(({ objectRef }) => objectRef?.name === 'absent')).toEqual([
      expect.objectContaining({
        verb: 'get',
        user: expect.objectContaining({ username: 'administrator' }),
        responseStatus: expect.objectContaining({ code: 404 }),
      }),
    ]);
  });

  it('ends with the process that started it, even if that is killed', async () => {
    const env = { ...process.env, KUBEBUILDER_ASSETS: binaries };
    const parent = execFile(process.execPath, ['--input-type=module-typescript', '--eval', LEFT_OVER], { env });
    let output = '';
    parent.stdout?.on('data', (text: string) => (output += text));
    // SAFETY: the output of LEFT_OVER.
    const started = await eventually(() => JSON.parse(output) as { directory: string; url: string }, TEST_MS);
    expect(existsSync(started.directory)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await eventually(() => expect(existsSync(started.directory)).toBe(false));
    await expect(fetch(started.url)).rejects.toThrow('fetch failed');
  });
});

describe('an API server that cannot start', () => {
  it('rejects with the end of its log', async () => {
    const failing = startApiServer({ binaries, flags: ['--no-such-flag'] });
    await expect(failing).rejects.toThrow(/kube-apiserver ended unexpectedly[^]*unknown flag: --no-such-flag/u);
  });

  it('rejects with the installation command if its programs are missing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-programs-'));
    await expect(startApiServer({ binaries: empty })).rejects.toThrow(/etcd does not exist\. .*setup-envtest/u);
    await rm(empty, { recursive: true });
  });
});
