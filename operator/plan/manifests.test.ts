import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FileContent, readManifests, type ReadOptions } from './manifests.ts';

const CONVERTER = 'apiVersion: temperature-converter.io/v1\nkind: TemperatureConverter\nmetadata:\n  name: web\n';
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manifests-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** What is in these files, with the given options. */
async function contentOf(
  files: readonly string[],
  options: Partial<ReadOptions> = {},
): Promise<readonly FileContent[]> {
  const contents: FileContent[] = [];
  const defaults = {
    recursive: false,
    namespace: undefined,
    defaultNamespace: 'blue',
    readStdin: () => Promise.resolve(''),
  };
  for await (const content of readManifests(files, { ...defaults, ...options })) contents.push(content);
  return contents;
}

/** What is in a file with this text. */
async function parsed(text: string, options: Partial<ReadOptions> = {}): Promise<readonly FileContent[]> {
  const file = join(directory, 'file.yaml');
  await writeFile(file, text);
  return contentOf([file], options);
}

describe('readManifests', () => {
  it('reads every document of a file, and skips empty ones', async () => {
    const contents = await parsed(`---\n${CONVERTER}---\n---\n${CONVERTER.replace('web', 'api')}`);
    expect(contents).toMatchObject([
      { type: 'manifest', manifest: { name: 'web', namespace: 'blue' } },
      { type: 'manifest', manifest: { name: 'api' } },
    ]);
  });

  it.each([
    ['List', `kind: List\napiVersion: v1\nitems:\n- ${CONVERTER.trimEnd().replaceAll('\n', '\n  ')}\n`],
    [
      'TemperatureConverterList',
      'kind: TemperatureConverterList\napiVersion: temperature-converter.io/v1\nitems: [{metadata: {name: web}}]',
    ],
    ['JSON', '{"apiVersion":"temperature-converter.io/v1","kind":"TemperatureConverter","metadata":{"name":"web"}}'],
  ])('reads a %s', async (_title, text) => {
    expect(await parsed(text)).toMatchObject([{ type: 'manifest', manifest: { name: 'web', namespace: 'blue' } }]);
  });

  it('reads booleans and merge keys as kubectl', async () => {
    const text = `${CONVERTER}x: &x {port: 81}\nspec:\n  paused: no\n  service: {<<: *x}\n`;
    expect(await parsed(text)).toMatchObject([
      { manifest: { object: { spec: { paused: false, service: { port: 81 } } } } },
    ]);
  });

  it('takes the namespace of a manifest, else that of the command, else that of the context', async () => {
    expect(await parsed(CONVERTER.replace('web', 'web\n  namespace: own'))).toMatchObject([
      { manifest: { namespace: 'own', object: { metadata: { namespace: 'own' } } } },
    ]);
    expect(await parsed(CONVERTER, { namespace: 'flag' })).toMatchObject([{ manifest: { namespace: 'flag' } }]);
  });

  it('names other kinds', async () => {
    expect(await parsed('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n')).toMatchObject([
      { type: 'other', description: 'ConfigMap settings' },
    ]);
  });

  it.each([
    ['text that is no YAML', '{', /^error parsing .*file\.yaml: /],
    ['an object without a kind', 'metadata: {name: web}', /each object needs apiVersion and kind/],
    ['a value that is no object', '- 1', /each object needs apiVersion and kind/],
    ['another version', CONVERTER.replace('/v1', '/v9'), /no matches for kind "TemperatureConverter" in version/],
    ['no name', CONVERTER.replace('name: web', 'labels: {}'), /metadata\.name must be a name/],
    ['a generated name', CONVERTER.replace('name: web', 'generateName: w-'), /cannot use generate name with apply/],
    [
      'a namespace that is a number',
      CONVERTER.replace('web', 'web\n  namespace: 1'),
      /metadata\.namespace .* must be a name/,
    ],
  ])('refuses %s', async (_title, text, message) => {
    expect(await parsed(text)).toEqual([{ type: 'error', message: expect.stringMatching(message) }]);
  });

  it('refuses a namespace that differs from that of the command, as kubectl', async () => {
    const text = CONVERTER.replace('web', 'web\n  namespace: own');
    expect(await parsed(text, { namespace: 'flag' })).toEqual([
      { type: 'error', message: expect.stringContaining('does not match the namespace "flag"') },
    ]);
  });

  it('reads the manifests of a directory in order, with subdirectories only if asked to', async () => {
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, 'b.yml'), CONVERTER.replace('web', 'b'));
    await writeFile(
      join(directory, 'a.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }),
    );
    await writeFile(join(directory, 'notes.txt'), 'text');
    await writeFile(join(directory, 'sub', 'c.yaml'), CONVERTER.replace('web', 'c'));
    expect(await contentOf([directory])).toMatchObject([{ description: 'Secret s' }, { manifest: { name: 'b' } }]);
    expect(await contentOf([directory], { recursive: true })).toHaveLength(3);
  });

  it('reads the standard input', async () => {
    expect(await contentOf(['-'], { readStdin: () => Promise.resolve(CONVERTER) })).toMatchObject([
      { manifest: { source: 'STDIN', name: 'web' } },
    ]);
  });

  it.each([
    ['a missing file', () => join(directory, 'missing.yaml'), /^the path ".*missing\.yaml" does not exist$/],
    ['a directory without manifests', () => directory, /recognized file extensions are/],
    ['a URL', () => 'https://example.com/web.yaml', /plan does not read URLs/],
  ])('reports %s, and reads the others', async (_title, file, message) => {
    const contents = await contentOf([file(), '-'], { readStdin: () => Promise.resolve(CONVERTER) });
    expect(contents).toMatchObject([{ type: 'error', message: expect.stringMatching(message) }, { type: 'manifest' }]);
  });
});
