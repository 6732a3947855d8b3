import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatSbom, type PackageLock } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
const locked = (version: string, dependencies?: Record<string, string>): PackageLock['packages'][string] => ({
  version,
  integrity: 'sha512-AAEC',
  license: 'MIT',
  ...(dependencies && { dependencies }),
});

const LOCK: PackageLock = {
  name: 'product',
  version: '1.2.3',
  packages: {
    '': { version: '1.2.3', license: 'Apache-2.0', dependencies: { a: '*', unused: '*' } },
    'node_modules/a': locked('1.0.0', { '@s/b': '*' }),
    'node_modules/a/node_modules/@s/b': locked('2.0.0', { c: '*' }),
    'node_modules/@s/b': locked('3.0.0'),
    'node_modules/c': locked('4.0.0', { '@s/b': '*' }),
    'node_modules/unused': locked('5.0.0'),
    'node_modules/odd': { version: '1.0.0' },
  },
};

interface Sbom {
  components: {
    name: string;
    version: string;
    purl: string;
    hashes: { alg: string; content: string }[];
    licenses: { license?: { id: string; text?: { content: string } }; expression?: string }[];
  }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const format = (files: readonly string[], license?: string): Sbom =>
  JSON.parse(formatSbom('program', files, LOCK, () => license)) as Sbom;

describe('formatSbom', () => {
  it('lists each package whose files are in the bundle, once, and no other', () => {
    const files = ['service/main.ts', 'node_modules/c/x.js', 'node_modules/c/y/z.js', 'node_modules/@s/b/index.js'];
    const { components } = format([...files, 'left-out:unused']);
    expect(components.map(({ purl }) => purl)).toEqual(['pkg:npm/%40s/b@3.0.0', 'pkg:npm/c@4.0.0']);
  });

  it('describes each package from the lock file, with its license text', () => {
    expect(format(['node_modules/c/x.js'], 'License text').components).toEqual([
      {
        'bom-ref': 'pkg:npm/c@4.0.0',
        type: 'library',
        name: 'c',
        version: '4.0.0',
        scope: 'required',
        hashes: [{ alg: 'SHA-512', content: '000102' }],
        licenses: [{ license: { id: 'MIT', text: { contentType: 'text/plain', content: 'License text' } } }],
        purl: 'pkg:npm/c@4.0.0',
      },
    ]);
  });

  it('resolves dependencies as Node.js does, and lists those in the bundle', () => {
    const { dependencies } = format(
      ['a/x.js', 'a/node_modules/@s/b/x.js', '@s/b/x.js', 'c/x.js'].map((file) => `node_modules/${file}`),
    );
    expect(Object.fromEntries(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))).toEqual({
      program: ['pkg:npm/a@1.0.0'],
      'pkg:npm/a@1.0.0': ['pkg:npm/%40s/b@2.0.0'],
      'pkg:npm/%40s/b@2.0.0': ['pkg:npm/c@4.0.0'],
      'pkg:npm/%40s/b@3.0.0': [],
      'pkg:npm/c@4.0.0': ['pkg:npm/%40s/b@3.0.0'],
    });
  });

  it('throws for a package that the lock file lacks or has no digest of', () => {
    expect(() => format(['node_modules/foreign/x.js'])).toThrow('no node_modules/foreign');
    expect(() => format(['node_modules/odd/x.js'])).toThrow('no SHA-512 digest of node_modules/odd');
  });
});

describe('the SBOM of a build', () => {
  it.each([
    ['service', ['express', 'pino', 'uuid', '@prometheus-io/client'], ['body-parser', 'js-yaml', 'jest']],
    ['operator', ['@kubernetes/client-node', 'js-yaml', 'pino'], ['express', 'undici', 'jest']],
    ['kubectl-tc', ['@kubernetes/client-node', 'js-yaml'], ['express', 'undici', 'pino', 'jest']],
  ])('of %s lists exactly the packages in the bundle, with their licenses', async (program, present, absent) => {
    const directory = await mkdtemp(join(tmpdir(), 'sbom-'));
    try {
      const build = ['scripts/build.ts', program, '--outdir', directory];
      await promisify(execFile)(process.execPath, build, { cwd: ROOT });
      const sbom = JSON.parse(await readFile(join(directory, `${program}.cdx.json`), 'utf8')) as Sbom;
      const names = sbom.components.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(present));
      expect(names.filter((name) => absent.includes(name))).toEqual([]);
      for (const { name, licenses } of sbom.components) {
        expect([name, licenses[0]?.license?.text?.content]).toEqual([name, expect.stringMatching(/copyright/i)]);
      }
      const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as PackageLock;
      const lockedVersions = Object.entries(packages).map(
        ([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`,
      );
      expect(lockedVersions).toEqual(
        expect.arrayContaining(sbom.components.map(({ name, version }) => `${name} ${version}`)),
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
