import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const MEBIBYTE = 1_048_576;
// `#!/usr/bin/env node` finds the Node.js of the tests.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

describe('the bundle of the kubectl plugin', () => {
  let directory: string;
  let plugin: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    await promisify(execFile)(process.execPath, ['scripts/build.ts', 'kubectl-tc', '--outdir', directory], {
      cwd: ROOT,
    });
    plugin = join(directory, 'kubectl-tc');
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is one executable file of less than a mebibyte', async () => {
    const { mode, size } = await stat(plugin);
    expect((mode & 0o777).toString(8)).toBe('755');
    expect(size).toBeLessThan(MEBIBYTE);
    expect((await readFile(plugin, 'utf8')).split('\n')[0]).toBe('#!/usr/bin/env node');
  });

  it.each([['module'], ['commonjs'], [undefined]])(
    'runs in a directory whose package.json has the type %s',
    async (type) => {
      const elsewhere = await mkdtemp(join(tmpdir(), 'bundle-'));
      try {
        if (type !== undefined) await writeFile(join(elsewhere, 'package.json'), JSON.stringify({ type }));
        await copyFile(plugin, join(elsewhere, 'kubectl-tc'));
        const { stdout, stderr } = await promisify(execFile)(join(elsewhere, 'kubectl-tc'), ['version'], { env });
        const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
        expect([stdout, stderr]).toEqual([`kubectl-tc ${version}\n`, '']);
      } finally {
        await rm(elsewhere, { recursive: true });
      }
    },
  );

  it('ends quietly when the reader of its output ends first', async () => {
    const child = spawn(plugin, ['status', '--help'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    expect([await once(child, 'close'), err]).toEqual([[0, null], '']);
  });
});
