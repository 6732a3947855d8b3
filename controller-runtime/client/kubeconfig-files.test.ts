import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';
import { mergeKubeconfigFiles, readKubeconfigFile } from './kubeconfig-files.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function write(name: string, content: string | object): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof content === 'string' ? content : dump(content));
  return file;
}

/** A kubeconfig of one context, cluster and user, all of one name. */
function configOf(name: string, server: string, more: object = {}): object {
  return {
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: server } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...more,
  };
}

describe('mergeKubeconfigFiles', () => {
  it('joins the entries of all files', async () => {
    const files = [await write('a', configOf('blue', 'https://a')), await write('b', configOf('green', 'https://b'))];
    const config = mergeKubeconfigFiles(files);
    expect(config.getContexts().map(({ name }) => name)).toEqual(['blue', 'green']);
    config.setCurrentContext('green');
    expect([config.getCurrentCluster()?.server, config.getCurrentUser()?.token]).toEqual(['https://b', 'https://b']);
  });

  it('takes the first of several entries of one name, and the first current context', async () => {
    const files = [
      await write('a', configOf('blue', 'https://a')),
      await write('b', configOf('blue', 'https://b', { 'current-context': 'blue' })),
      await write('c', configOf('green', 'https://c', { 'current-context': 'green' })),
    ];
    const config = mergeKubeconfigFiles(files);
    expect(config.getCurrentContext()).toBe('blue');
    expect(config.getCurrentCluster()?.server).toBe('https://a');
  });

  it('skips files that do not exist or are empty', async () => {
    const last = await write('b', configOf('blue', 'https://b', { 'current-context': 'blue' }));
    const config = mergeKubeconfigFiles([join(directory, 'missing'), await write('empty', ''), last]);
    expect(config.getCurrentCluster()?.server).toBe('https://b');
  });

  it('resolves the paths in each file from its own directory', async () => {
    const cluster = { name: 'blue', cluster: { server: 'https://a', 'certificate-authority': 'ca.crt' } };
    const config = mergeKubeconfigFiles([await write('a', { clusters: [cluster] })]);
    expect(config.getCluster('blue')?.caFile).toBe(join(directory, 'ca.crt'));
  });

  it('names a file that is invalid', async () => {
    const file = await write('invalid', '{');
    expect(() => mergeKubeconfigFiles([file])).toThrow(`cannot read the kubeconfig ${file}: `);
  });
});

describe('readKubeconfigFile', () => {
  it('rejects a file that does not exist', () => {
    expect(() => readKubeconfigFile('/nowhere/config')).toThrow('/nowhere/config');
  });
});
