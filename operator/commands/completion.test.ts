import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { complete, formatCompletion } from './completion.ts';

const COMMANDS = new Map([
  ['status', { summary: 'show', flags: ['--namespace', '--watch'], takesNames: true }],
  ['version', { summary: 'print' }],
]);
const NEVER = new AbortController().signal;

let server: FakeServer;
let directory: string;
let kubeconfig: string;

beforeEach(async () => {
  server = await FakeServer.start();
  directory = await mkdtemp(join(tmpdir(), 'completion-'));
  kubeconfig = join(directory, 'config');
  const config = {
    clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'c', user: {} }],
    contexts: [
      { name: 'main', context: { cluster: 'c', user: 'c', namespace: 'blue' } },
      { name: 'other', context: { cluster: 'c', user: 'c' } },
    ],
    'current-context': 'main',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** The choices for the last word; the words before it select the kubeconfig of the test. */
async function choices(...words: readonly string[]): Promise<readonly string[]> {
  return (await complete(['--kubeconfig', kubeconfig, ...words], COMMANDS, NEVER)).choices;
}

/** Answers the next list with objects of these names, and returns its path. */
async function answerNames(...names: readonly string[]): Promise<string> {
  const exchange = await server.next();
  exchange.answer(200, { metadata: {}, items: names.map((name) => ({ metadata: { name } })) });
  return exchange.request.path;
}

describe('complete', () => {
  it.each([
    [[''], ['status\tshow', 'version\tprint']],
    [['st'], ['status\tshow']],
    [
      ['status', '-'],
      ['--namespace', '--watch'],
    ],
    [['status', '--w'], ['--watch']],
    [
      ['status', '-o', ''],
      ['json', 'yaml'],
    ],
    [['status', '--output', 'y'], ['yaml']],
    [
      ['status', '--context', ''],
      ['main', 'other'],
    ],
    [['version', ''], []],
    [['constructor', ''], []],
  ])('completes %j with %j', async (words, expected) => {
    expect(await choices(...words)).toEqual(expected);
  });

  it.each([
    [[], 'blue'],
    [['--context', 'other'], 'default'],
    [['-n', 'green'], 'green'],
    [['--namespace=green'], 'green'],
  ])('after %j completes the names of the resources of namespace %s', async (flags, namespace) => {
    const completing = choices('status', ...flags, 'w');
    const path = await answerNames('web', 'weather', 'other');
    expect(path).toBe(`/apis/temperature-converter.io/v1/namespaces/${namespace}/temperatureconverters`);
    expect(await completing).toEqual(['web', 'weather']);
  });

  it('completes namespaces', async () => {
    const completing = choices('status', '-n', 'b');
    expect(await answerNames('blue', 'green')).toBe('/api/v1/namespaces');
    expect(await completing).toEqual(['blue']);
  });

  it('offers nothing if the API server rejects the request', async () => {
    const completing = choices('status', '');
    (await server.next()).refuse(403);
    expect(await completing).toEqual([]);
  });

  it('offers files for the kubeconfig', async () => {
    expect(await complete(['status', '--kubeconfig', ''], COMMANDS, NEVER)).toEqual({ choices: [], files: true });
  });
});

describe('formatCompletion', () => {
  it.each([
    [{ choices: ['a', 'b'] }, 'a\nb\n:4\n'],
    [{ choices: [], files: true }, ':0\n'],
  ] as const)('formats %j for kubectl', (completion, text) => {
    expect(formatCompletion(completion)).toBe(text);
  });
});
