import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';
import { ApiServerConnection, loadKubeConfig } from './connection.ts';
import { kubeConfigOf } from '../testing/fake-server.ts';

const SERVER = 'https://127.0.0.1:6443';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'connection-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function write(name: string, content: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, content);
  return file;
}

function writeKubeconfig(name: string): Promise<string> {
  const places = ['one', 'two'];
  return write(
    name,
    dump({
      clusters: places.map((place) => ({ name: place, cluster: { server: `https://${name}.${place}:6443` } })),
      users: [{ name: 'me', user: { token: 'secret' } }],
      contexts: places.map((place) => ({ name: place, context: { cluster: place, user: 'me' } })),
      'current-context': 'one',
    }),
  );
}

describe('ApiServerConnection', () => {
  let nowMs: number;

  const connect = (user: Parameters<typeof kubeConfigOf>[1]): ApiServerConnection =>
    new ApiServerConnection(kubeConfigOf(SERVER, user), () => nowMs);

  beforeEach(() => {
    nowMs = 0;
  });

  it('has the URL of the server', () => {
    expect(connect({}).server.href).toBe(`${SERVER}/`);
  });

  it('explains how to configure a cluster if none is configured', () => {
    const config = kubeConfigOf(SERVER);
    config.setCurrentContext('nowhere');
    expect(() => new ApiServerConnection(config)).toThrow(
      'no cluster is configured: set the variable KUBECONFIG, or run in a pod that has a service account token',
    );
  });

  describe('with the token file of a pod', () => {
    let file: string;
    let connection: ApiServerConnection;

    const tokenNow = async (): Promise<unknown> => (await connection.get()).headers['Authorization'];

    beforeEach(async () => {
      file = await write('token', 'old');
      connection = connect({ authProvider: { name: 'tokenFile', config: { tokenFile: file } } });
      expect(await tokenNow()).toBe('Bearer old');
      await writeFile(file, 'new\n');
    });

    it('uses a token for 30 seconds', async () => {
      nowMs = 29_999;
      expect(await tokenNow()).toBe('Bearer old');
    });

    it('picks up a rotated token after 30 seconds', async () => {
      nowMs = 30_000;
      expect(await tokenNow()).toBe('Bearer new');
      await writeFile(file, 'newer');
      nowMs = 59_999;
      expect(await tokenNow()).toBe('Bearer new');
      nowMs = 60_000;
      expect(await tokenNow()).toBe('Bearer newer');
    });

    it('picks up a rotated token immediately after a 401', async () => {
      connection.expireCredentials();
      expect(await tokenNow()).toBe('Bearer new');
    });

    it('keeps its agent and open connections', async () => {
      const { agent } = await connection.get();
      nowMs = 30_000;
      expect((await connection.get()).agent).toBe(agent);
    });

    it('reads the file once for concurrent callers', async () => {
      connection.expireCredentials();
      const [first, second] = await Promise.all([connection.get(), connection.get()]);
      expect(second).toBe(first);
    });

    it('rejects while the file cannot be read, and recovers afterwards', async () => {
      await rm(file);
      nowMs = 30_000;
      await expect(connection.get()).rejects.toThrow(file);
      await writeFile(file, 'back');
      expect(await tokenNow()).toBe('Bearer back');
    });
  });

  describe('with a client certificate', () => {
    it.each(['certFile', 'keyFile'] as const)('creates a new agent when its %s is replaced', async (which) => {
      const files = { certFile: await write('certFile', 'a certificate'), keyFile: await write('keyFile', 'a key') };
      const connection = connect(files);
      const { agent } = await connection.get();
      nowMs = 30_000;
      expect((await connection.get()).agent).toBe(agent);
      await writeFile(files[which], 'another');
      nowMs = 60_000;
      const { agent: renewed } = await connection.get();
      expect(renewed).not.toBe(agent);
      expect(Reflect.get(renewed, 'options')).toMatchObject({ [which.slice(0, -4)]: Buffer.from('another') });
    });

    it('keeps connections alive, and reuses the most recent one first so that others can time out', async () => {
      const { agent } = await connect({}).get();
      expect(Reflect.get(agent, 'options')).toMatchObject({ keepAlive: true, scheduling: 'lifo' });
    });
  });

  it('uses the proxy of the cluster', async () => {
    const config = kubeConfigOf(SERVER);
    Object.assign(config.getCurrentCluster() ?? {}, { proxyUrl: 'http://127.0.0.1:3128' });
    const { agent } = await new ApiServerConnection(config).get();
    expect(Reflect.get(agent, 'proxy')).toMatchObject({ href: 'http://127.0.0.1:3128/' });
  });

  it('sends the token of a kubeconfig', async () => {
    expect((await connect({ token: 'fixed' }).get()).headers).toEqual({ Authorization: 'Bearer fixed' });
  });
});

describe('loadKubeConfig', () => {
  const environment = { ...process.env };

  afterEach(() => {
    process.env = { ...environment };
  });

  it.each([
    [undefined, 'https://file.one:6443'],
    ['two', 'https://file.two:6443'],
  ])('uses the given file and context (%s)', async (context, server) => {
    process.env['KUBECONFIG'] = await writeKubeconfig('other');
    const config = loadKubeConfig({ kubeconfig: await writeKubeconfig('file'), context });
    expect(config.getCurrentCluster()?.server).toBe(server);
    expect(config.getCurrentUser()?.token).toBe('secret');
  });

  it('uses the file of KUBECONFIG if no file is given', async () => {
    process.env['KUBECONFIG'] = await writeKubeconfig('variable');
    expect(loadKubeConfig({}).getCurrentCluster()?.server).toBe('https://variable.one:6443');
  });

  it('allows a server of plain HTTP, such as kubectl proxy', async () => {
    const cluster = { name: 'proxy', cluster: { server: 'http://127.0.0.1:8001' } };
    const context = { name: 'proxy', context: { cluster: 'proxy', user: 'me' } };
    const config = { clusters: [cluster], users: [{ name: 'me' }], contexts: [context], 'current-context': 'proxy' };
    const connection = new ApiServerConnection(loadKubeConfig({ kubeconfig: await write('proxy', dump(config)) }));
    expect((await connection.get()).agent).toMatchObject({ protocol: 'http:' });
  });

  it('merges the files of KUBECONFIG', async () => {
    const files = [join(directory, 'missing'), await writeKubeconfig('first'), await writeKubeconfig('second')];
    process.env['KUBECONFIG'] = files.join(delimiter);
    expect(loadKubeConfig({ context: 'two' }).getCurrentCluster()?.server).toBe('https://first.two:6443');
  });

  it('rejects an unknown context and lists the known ones', async () => {
    const file = await writeKubeconfig('file');
    expect(() => loadKubeConfig({ kubeconfig: file, context: 'three' })).toThrow(
      'the kubeconfig has no context "three"; it has: one, two',
    );
  });

  it('explains how to configure a cluster if the library falls back to its default server', async () => {
    const user = { name: 'user', user: {} };
    const cluster = { name: 'cluster', cluster: { server: 'http://localhost:8080' } };
    const context = { name: 'made-up', context: { cluster: 'cluster', user: 'user' } };
    const config = { clusters: [cluster], users: [user], contexts: [context], 'current-context': 'made-up' };
    const file = await write('made-up', dump(config));
    expect(() => loadKubeConfig({ kubeconfig: file })).toThrow('no cluster is configured: set the variable KUBECONFIG');
  });

  it('names a file that does not exist', () => {
    expect(() => loadKubeConfig({ kubeconfig: '/nowhere/config' })).toThrow('/nowhere/config');
  });
});
